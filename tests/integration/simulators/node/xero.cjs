// Xero's own client of JavaScript, from consent to revocation: every operation offered.
const { consent } = require("./redirect.cjs");
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");

const { XeroClient } = createRequire(`${process.env.NODE_PACKAGES}/`)("xero-node");

const SCOPES = [
  ..."openid profile email offline_access accounting.invoices accounting.payments".split(" "),
  ..."accounting.banktransactions accounting.contacts accounting.settings".split(" "),
];
const DAY = "2026-07-06";
const DUE = "2026-08-20";

const xero = new XeroClient({
  clientId: process.env.CLIENT_ID,
  clientSecret: process.env.CLIENT_SECRET,
  redirectUris: ["http://localhost/callback"],
  scopes: SCOPES,
  state: "s-1",
  httpTimeout: 120_000, // its own 3.5 seconds are little on a busy machine
});
const api = xero.accountingApi;

async function connected() {
  const asked = await xero.buildConsentUrl();
  const tokens = await xero.apiCallback(await consent(asked, { user: "mia@example.com" }));
  assert.equal(tokens.claims().email, "mia@example.com");
  const tenants = await xero.updateTenants();
  return tenants.find((one) => one.orgData.countryCode === "NZ").tenantId;
}

// The client throws a text of JSON, or an error that carries the answer.
async function refused(work) {
  try {
    await work;
  } catch (caught) {
    const told = typeof caught === "string" ? JSON.parse(caught) : caught;
    return told.response ?? told;
  }
  throw new Error("nothing was refused");
}

const messages = (answer) =>
  answer.body.Elements[0].ValidationErrors.map((one) => one.Message).join("; ");

const line = (amount, more = {}) =>
  ({ description: "Roses", quantity: 1, unitAmount: amount, accountCode: "200", ...more });
const sale = (amount, more = {}) => ({
  type: "ACCREC",
  contact: { name: "Harbour Cafe" },
  date: DAY,
  dueDate: DUE,
  status: "AUTHORISED",
  lineItems: [line(amount)],
  ...more,
});
const bank = { code: "090" };

async function settings(tenant) {
  const { organisations } = (await api.getOrganisations(tenant)).body;
  assert.equal(organisations[0].baseCurrency, "NZD");
  const { accounts } = (await api.createAccount(tenant, {
    code: "250", name: "Coffee", type: "REVENUE",
  })).body;
  const accountID = accounts[0].accountID;
  await api.updateAccount(tenant, accountID, { accounts: [{ name: "Tea" }] });
  assert.equal((await api.getAccount(tenant, accountID)).body.accounts[0].name, "Tea");
  await api.deleteAccount(tenant, accountID);
  assert.ok((await api.getAccounts(tenant)).body.accounts.length > 10);
  await api.createCurrency(tenant, { code: "EUR" });
  assert.ok((await api.getCurrencies(tenant)).body.currencies.some((one) => one.code === "EUR"));
}

async function taxRates(tenant) {
  const taxComponents = [{ name: "City", rate: 7.5 }];
  const sent = { name: "Local", reportTaxType: "OUTPUT", taxComponents };
  const { taxRates: [made] } = (await api.createTaxRates(tenant, { taxRates: [sent] })).body;
  assert.equal(made.taxType, "TAX001");
  await api.updateTaxRate(tenant, { taxRates: [{ ...sent, status: "DELETED" }] });
  const { taxRates: all } = (await api.getTaxRates(tenant)).body;
  assert.ok(all.some((one) => one.taxType === "OUTPUT2"));
  const { taxRates: [one] } = (await api.getTaxRateByTaxType(tenant, "OUTPUT2")).body;
  assert.equal(one.taxType, "OUTPUT2");
}

async function tracking(tenant) {
  const made = await api.createTrackingCategory(tenant, { name: "Team" });
  const [{ trackingCategoryID: id }] = made.body.trackingCategories;
  const added = await api.createTrackingOptions(tenant, id, { name: "Red" });
  const [{ trackingOptionID: option }] = added.body.options;
  await api.updateTrackingOptions(tenant, id, option, { name: "Blue" });
  await api.updateTrackingCategory(tenant, id, { name: "Crew" });
  const shown = (await api.getTrackingCategory(tenant, id)).body.trackingCategories[0];
  assert.deepEqual([shown.name, shown.options[0].name], ["Crew", "Blue"]);
  await api.deleteTrackingOptions(tenant, id, option);
  await api.deleteTrackingCategory(tenant, id);
  const all = (await api.getTrackingCategories(tenant)).body.trackingCategories;
  assert.deepEqual(all.map((one) => one.name), ["Region"]);
}

async function namesAndItems(tenant) {
  const { contacts: [mia] } = (await api.createContacts(tenant, {
    contacts: [{ name: "Mia Lund", emailAddress: "mia@example.com" }],
  })).body;
  await api.updateContact(tenant, mia.contactID, { contacts: [{ firstName: "Mia" }] });
  await api.updateOrCreateContacts(tenant, { contacts: [{ name: "Mia Lund", lastName: "Lund" }] });
  const shown = (await api.getContact(tenant, mia.contactID)).body.contacts[0];
  assert.deepEqual([shown.firstName, shown.lastName], ["Mia", "Lund"]);
  const listed = await api.getContacts(tenant, undefined, 'Name=="Mia Lund"');
  assert.equal(listed.body.contacts.length, 1);
  const { items: [item] } = (await api.createItems(tenant, {
    items: [{ code: "ROSE ", name: "Rose" }],
  })).body;
  assert.equal(item.code, "ROSE");
  await api.updateItem(tenant, item.itemID, { items: [{ code: "ROSE", name: "Red rose" }] });
  await api.updateOrCreateItems(tenant, { items: [{ code: "ROSE", description: "A rose" }] });
  assert.equal((await api.getItem(tenant, item.itemID)).body.items[0].name, "Red rose");
  await api.deleteItem(tenant, item.itemID);
  assert.equal((await api.getItems(tenant)).body.items.length, 0);
}

async function documents(tenant) {
  const made = await api.createInvoices(tenant, { invoices: [sale(100), sale(40)] }, false);
  const [first, second] = made.body.invoices;
  assert.equal(first.total, 115);
  await api.updateInvoice(tenant, second.invoiceID, { invoices: [{ reference: "R-2" }] });
  await api.updateOrCreateInvoices(tenant, {
    invoices: [{ invoiceID: second.invoiceID, status: "VOIDED" }],
  });
  assert.equal((await api.getInvoice(tenant, second.invoiceID)).body.invoices[0].status, "VOIDED");
  const listed = await api.getInvoices(tenant, new Date(Date.now() - 3_600_000));
  assert.equal(listed.body.invoices.length, 2);
  const note = sale(20, { type: "ACCRECCREDIT" });
  const { creditNotes: [credit] } = (await api.createCreditNotes(tenant, {
    creditNotes: [note],
  })).body;
  await api.updateCreditNote(tenant, credit.creditNoteID, { creditNotes: [{ reference: "C" }] });
  await api.updateOrCreateCreditNotes(tenant, {
    creditNotes: [{ creditNoteID: credit.creditNoteID, reference: "D" }],
  });
  const shown = (await api.getCreditNote(tenant, credit.creditNoteID)).body.creditNotes[0];
  assert.equal(shown.reference, "D");
  const allocated = await api.createCreditNoteAllocation(tenant, credit.creditNoteID, {
    allocations: [{ invoice: { invoiceID: first.invoiceID }, amount: 10, date: DAY }],
  });
  const [{ allocationID }] = allocated.body.allocations;
  await api.deleteCreditNoteAllocations(tenant, credit.creditNoteID, allocationID);
  assert.equal((await api.getCreditNotes(tenant)).body.creditNotes[0].remainingCredit, 23);
  return first;
}

async function payments(tenant, invoice) {
  const target = { invoice: { invoiceID: invoice.invoiceID }, account: bank, date: DAY };
  const { payments: [made] } = (await api.createPayment(tenant, { ...target, amount: 15 })).body;
  assert.equal(made.invoice.amountDue, 100);
  await api.deletePayment(tenant, made.paymentID, { status: "DELETED" });
  await api.createPayments(tenant, { payments: [{ ...target, amount: 5 }] });
  assert.equal((await api.getPayment(tenant, made.paymentID)).body.payments[0].status, "DELETED");
  assert.equal((await api.getPayments(tenant)).body.payments.length, 2);
  const first = await batchPayment(tenant, invoice);
  await api.deleteBatchPayment(tenant, { batchPaymentID: first, status: "DELETED" });
  const second = await batchPayment(tenant, invoice);
  await api.deleteBatchPaymentByUrlParam(tenant, second, { status: "DELETED" });
  for (const { batchPaymentID } of (await api.getBatchPayments(tenant)).body.batchPayments) {
    const [one] = (await api.getBatchPayment(tenant, batchPaymentID)).body.batchPayments;
    assert.equal(one.status, "DELETED");
  }
}

async function batchPayment(tenant, invoice) {
  const { accounts } = (await api.getAccounts(tenant, undefined, 'Code=="090"')).body;
  const { batchPayments: [batch] } = (await api.createBatchPayment(tenant, {
    batchPayments: [{
      account: { accountID: accounts[0].accountID },
      date: DAY,
      payments: [{ invoice: { invoiceID: invoice.invoiceID }, amount: 10 }],
    }],
  })).body;
  assert.equal(batch.totalAmount, 10);
  return batch.batchPaymentID;
}

async function money(tenant, invoice) {
  const received = (type, amount) => ({
    type, contact: { name: "Harbour Cafe" }, bankAccount: bank, date: DAY, lineItems: [line(amount)],
  });
  const { bankTransactions: [made] } = (await api.createBankTransactions(tenant, {
    bankTransactions: [received("RECEIVE", 30)],
  })).body;
  await api.updateBankTransaction(tenant, made.bankTransactionID, {
    bankTransactions: [{ ...received("RECEIVE", 31), reference: "B" }],
  });
  await api.updateOrCreateBankTransactions(tenant, {
    bankTransactions: [{
      ...received("RECEIVE", 32), bankTransactionID: made.bankTransactionID,
    }],
  });
  const shown = await api.getBankTransaction(tenant, made.bankTransactionID);
  assert.equal(shown.body.bankTransactions[0].total, 32);
  assert.equal((await api.getBankTransactions(tenant)).body.bankTransactions.length, 1);
  const allocations = [{ invoice: { invoiceID: invoice.invoiceID }, amount: 4, date: DAY }];
  for (const [kind, plural] of [["overpayment", "Overpayments"], ["prepayment", "Prepayments"]]) {
    const { bankTransactions: [advance] } = (await api.createBankTransactions(tenant, {
      bankTransactions: [received(`RECEIVE-${kind.toUpperCase()}`, 9)],
    })).body;
    const id = advance[`${kind}ID`];
    const name = plural.slice(0, -1);
    const used = await api[`create${name}Allocations`](tenant, id, { allocations });
    const [{ allocationID }] = used.body.allocations;
    const one = (await api[`get${name}`](tenant, id)).body[`${kind}s`][0];
    assert.equal(one.remainingCredit, 5, kind);
    await api[`delete${name}Allocations`](tenant, id, allocationID);
    const refund = { [kind]: { [`${kind}ID`]: id }, account: bank, date: DAY, amount: 9 };
    await api.createPayment(tenant, refund);
    const all = (await api[`get${plural}`](tenant)).body[`${kind}s`];
    assert.equal(all[0].status, "PAID", kind);
  }
}

async function refusals(tenant, invoice) {
  const taken = sale(1, { invoiceNumber: invoice.invoiceNumber });
  const duplicate = await refused(api.createInvoices(tenant, { invoices: [taken] }));
  assert.match(messages(duplicate), /must be unique/);
  const missing = await refused(api.getQuotes(tenant));
  assert.equal(missing.statusCode, 501);
  assert.match(missing.body.Detail, /This simulator does not offer Quotes/);
  const wrong = await refused(api.getInvoices("33333333-3333-4333-8333-333333333333"));
  assert.equal(wrong.statusCode, 403);
}

async function main() {
  await xero.initialize();
  const tenant = await connected();
  const before = xero.readTokenSet();
  await xero.refreshToken();
  assert.notEqual(xero.readTokenSet().access_token, before.access_token);
  await xero.refreshWithRefreshToken(
    process.env.CLIENT_ID, process.env.CLIENT_SECRET, xero.readTokenSet().refresh_token,
  );
  await settings(tenant);
  await taxRates(tenant);
  await tracking(tenant);
  await namesAndItems(tenant);
  const invoice = await documents(tenant);
  await payments(tenant, invoice);
  await money(tenant, invoice);
  await refusals(tenant, invoice);
  const [{ id }] = xero.tenants;
  await xero.disconnect(id);
  const ended = xero.readTokenSet();
  await xero.revokeToken();
  xero.setTokenSet(ended);
  assert.equal((await refused(api.getOrganisations(tenant))).statusCode, 401);
  console.log("done");
}

main().catch((error) => {
  console.error(error.stack ?? error);
  process.exit(1);
});
