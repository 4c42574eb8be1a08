// Intuit's own clients of JavaScript, from consent to revocation: every operation offered.
const { consent } = require("./redirect.cjs");
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");

const installed = createRequire(`${process.env.NODE_PACKAGES}/`);
const OAuthClient = installed("intuit-oauth");
const QuickBooks = installed("node-quickbooks");

const REALM = process.env.REALM;
const NO_TAX = { value: "NON" };

const app = new OAuthClient({
  clientId: process.env.CLIENT_ID,
  clientSecret: process.env.CLIENT_SECRET,
  environment: "production",
  redirectUri: "http://localhost/callback",
});

async function connected() {
  const asked = app.authorizeUri({
    scope: [OAuthClient.scopes.Accounting, OAuthClient.scopes.OpenId],
    state: "s-1",
  });
  await app.createToken(await consent(asked, { realm: REALM }));
  assert.equal(app.getToken().realmId, REALM);
}

// The client's functions take callbacks; a fault is what they call back with.
function client() {
  const { access_token, refresh_token } = app.getToken();
  const books = new QuickBooks(
    process.env.CLIENT_ID, process.env.CLIENT_SECRET, access_token, false, REALM, false, false,
    75, "2.0", refresh_token,
  );
  return (name, ...sent) => new Promise((resolve, reject) => {
    books[name](...sent, (fault, answer) => (fault ? reject(fault) : resolve(answer)));
  });
}

async function fault(work) {
  try {
    await work;
  } catch (caught) {
    const body = caught.response?.data ?? caught;
    const found = (body.Fault ?? body.fault ?? body);
    return (found.Error ?? found.error)[0];
  }
  throw new Error("nothing was refused");
}

const named = (entity, fields) => ({ [entity]: fields });

// What each entity of the simulator is created from; `made` holds what was made before.
const CREATED = [
  named("Customer", () => ({ DisplayName: "Håkon & Sønn", BillAddr: { Line1: "1 Quay" } })),
  named("Vendor", () => ({ DisplayName: "Nordic Steel" })),
  named("Employee", () => ({ GivenName: "Mia", FamilyName: "Lund" })),
  named("Account", () => ({ Name: "Fees", AccountType: "Income" })),
  named("Item", (made) => ({
    Name: "Bracket", Type: "Service", IncomeAccountRef: { value: made.Account.Id },
  })),
  named("Class", () => ({ Name: "North" })),
  named("Department", () => ({ Name: "Harbour" })),
  named("Term", () => ({ Name: "Net 12", DueDays: 12 })),
  named("PaymentMethod", () => ({ Name: "Wire" })),
  named("Invoice", (made) => sale(made, 100.1 + 0.2)),
  named("SalesReceipt", (made) => sale(made, 20)),
  named("CreditMemo", (made) => sale(made, 5)),
  named("Payment", (made) => ({
    CustomerRef: { value: made.Customer.Id },
    TotalAmt: 130,
    Line: [{ Amount: 50, LinkedTxn: [{ TxnId: made.Invoice.Id, TxnType: "Invoice" }] }],
  })),
  named("Bill", (made) => ({
    VendorRef: { value: made.Vendor.Id },
    Line: [{
      Amount: 40,
      DetailType: "AccountBasedExpenseLineDetail",
      AccountBasedExpenseLineDetail: { AccountRef: { value: made.expenses.Id } },
    }],
  })),
  named("BillPayment", (made) => ({
    VendorRef: { value: made.Vendor.Id },
    PayType: "Check",
    CheckPayment: { BankAccountRef: { value: made.bank.Id } },
    TotalAmt: 15,
    Line: [{ Amount: 15, LinkedTxn: [{ TxnId: made.Bill.Id, TxnType: "Bill" }] }],
  })),
  named("JournalEntry", (made) => ({
    Line: [["Debit", made.expenses.Id], ["Credit", made.bank.Id]].map(([side, account]) => ({
      Amount: 7,
      DetailType: "JournalEntryLineDetail",
      JournalEntryLineDetail: { PostingType: side, AccountRef: { value: account } },
    })),
  })),
];

// What clients only read, and the name of the client's function for all of it.
const READ_ONLY = {
  TaxCode: "TaxCodes",
  TaxRate: "TaxRates",
  TaxAgency: "TaxAgencies",
  CompanyInfo: "CompanyInfos",
  Preferences: "Preferenceses",
};

const WANTED = {
  Account: ["Name"],
  Bill: ["VendorRef"],
  Class: ["Name"],
};

function sale(made, amount) {
  return {
    CustomerRef: { value: made.Customer.Id },
    Line: [{
      Amount: amount,
      DetailType: "SalesItemLineDetail",
      SalesItemLineDetail: { ItemRef: { value: made.Item.Id }, TaxCodeRef: NO_TAX },
    }],
  };
}

const found = (answer, entity) => answer.QueryResponse[entity] ?? [];
const plural = { Class: "Classes" };

async function everyEntity(call) {
  const made = {};
  const accounts = found(await call("findAccounts", { fetchAll: true }), "Account");
  made.bank = accounts.find((one) => one.AccountType === "Bank");
  made.expenses = accounts.find((one) => one.AccountType === "Expense");
  for (const entry of CREATED) {
    const [[entity, fields]] = Object.entries(entry);
    made[entity] = await call(`create${entity}`, fields(made));
    const read = await call(`get${entity}`, made[entity].Id);
    assert.equal(read.Id, made[entity].Id, entity);
    // Some entities want a property in every update; the others are sent as little as can be.
    const change = { Id: read.Id, SyncToken: read.SyncToken };
    for (const name of WANTED[entity] ?? []) change[name] = read[name];
    made[entity] = await call(`update${entity}`, change);
    assert.equal(made[entity].SyncToken, String(Number(read.SyncToken) + 1), entity);
    const all = await call(`find${plural[entity] ?? `${entity}s`}`.replace("Entrys", "Entries"));
    assert.ok(found(all, entity).some((one) => one.Id === read.Id), entity);
  }
  return made;
}

async function whatTheServerAdds(call, made) {
  assert.equal(made.Invoice.TotalAmt, 100.3);
  assert.ok(made.Customer.BillAddr.Id);
  const payment = await call("getPayment", made.Payment.Id);
  assert.equal(payment.UnappliedAmt, 80);
  const values = payment.Line[0].LineEx.any.map((one) => one.value);
  assert.deepEqual(values[0], { Name: "txnId", Value: made.Invoice.Id });
}

async function readingMany(call, made) {
  const one = await call("findCustomers", [
    { field: "DisplayName", value: "Håkon & Sønn", operator: "=" },
    { field: "asc", value: "DisplayName" },
    { field: "limit", value: 5 },
  ]);
  assert.equal(found(one, "Customer")[0].Id, made.Customer.Id);
  assert.equal((await call("findInvoices", { count: true })).QueryResponse.totalCount, 1);
  for (const [kind, all] of Object.entries(READ_ONLY)) {
    const listed = found(await call(`find${all}`), kind);
    assert.ok(listed.length, kind);
    if (kind.startsWith("Tax")) {
      assert.equal((await call(`get${kind}`, listed[0].Id)).Id, listed[0].Id, kind);
    }
  }
  assert.equal((await call("getCompanyInfo", REALM)).Country, "US");
  assert.ok((await call("getPreferences")).SalesFormsPrefs);
  const since = new Date(Date.now() - 3_600_000);
  const kinds = CREATED.map((entry) => Object.keys(entry)[0]);
  const changes = await call("changeDataCapture", ["Estimate", ...kinds], since);
  const parts = changes.CDCResponse[0].QueryResponse;
  assert.deepEqual(parts.map((part) => Object.keys(part)[0]), [undefined, ...kinds]);
}

async function writingMany(call, made) {
  const answer = await call("batch", [
    { bId: "1", operation: "create", Customer: { DisplayName: "Second" } },
    { bId: "2", operation: "create", Estimate: {} },
    { bId: "3", Query: "select * from Vendor" },
  ]);
  const [first, second, third] = answer.BatchItemResponse;
  assert.equal(first.Customer.DisplayName, "Second");
  assert.match(second.Fault.Error[0].Detail, /does not offer Estimate/);
  assert.equal(third.QueryResponse.Vendor[0].Id, made.Vendor.Id);
  for (const entity of ["Invoice", "SalesReceipt", "CreditMemo"]) {
    const sent = await call(`send${entity}Pdf`, made[entity].Id, "mia@example.com");
    assert.equal((sent[entity] ?? sent).EmailStatus, "EmailSent", entity);
  }
}

async function takingOut(call, made) {
  const invoice = await call("getInvoice", made.Invoice.Id);
  const { Id, SyncToken } = invoice;
  assert.equal((await fault(call("voidInvoice", { Id, SyncToken }))).code, "6000");
  // What pays is taken out before what is paid.
  for (const entity of ["Payment", "BillPayment", "SalesReceipt", "CreditMemo"]) {
    const read = await call(`get${entity}`, made[entity].Id);
    const change = { Id: read.Id, SyncToken: read.SyncToken, void: true };
    assert.equal((await call(`update${entity}`, change)).TotalAmt, 0, entity);
  }
  const again = await call("getInvoice", made.Invoice.Id);
  const voided = await call("voidInvoice", { Id, SyncToken: again.SyncToken });
  assert.equal((voided.Invoice ?? voided).TotalAmt, 0);
  for (const entity of [
    "Payment", "BillPayment", "Invoice", "Bill", "JournalEntry", "SalesReceipt", "CreditMemo",
  ]) {
    const gone = await call(`delete${entity}`, made[entity].Id);
    assert.equal(gone[entity].status, "Deleted", entity);
  }
}

async function faults(call) {
  assert.equal((await fault(call("createCustomer", { DisplayName: "Second" }))).code, "6240");
  assert.equal((await fault(call("getInvoice", "999"))).code, "610");
  for (const sent of [
    ["getEstimate", "1"], ["createVendorCredit", {}], ["findPurchases"], ["reportBalanceSheet", {}],
  ]) {
    assert.match((await fault(call(...sent))).Detail, /This simulator does not offer/, sent[0]);
  }
}

async function main() {
  await connected();
  await app.validateIdToken();
  const user = await app.getUserInfo();
  assert.equal((user.json ?? user.data).givenName, "Robin");
  await app.refresh();
  await app.refreshUsingToken(app.getToken().refresh_token);
  const call = client();
  const made = await everyEntity(call);
  await whatTheServerAdds(call, made);
  await readingMany(call, made);
  await writingMany(call, made);
  await faults(call);
  await takingOut(call, made);
  const revoked = await app.revoke();
  assert.equal(revoked.status?.() ?? revoked.response.status, 200);
  const after = await fault(call("getCustomer", made.Customer.Id));
  assert.equal(after.code, "3200");
  await connected();
  // The other client revokes by a form, with its own token.
  await client()("revokeAccess", false);
  console.log("done");
}

main().catch((error) => {
  const answered = error.response?.data;
  console.error(answered ? JSON.stringify(answered) : error, error.config?.url ?? "", error.stack);
  process.exit(1);
});
