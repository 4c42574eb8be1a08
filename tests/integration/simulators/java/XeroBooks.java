import com.xero.api.client.AccountingApi;
import com.xero.models.accounting.Account;
import com.xero.models.accounting.AccountType;
import com.xero.models.accounting.Accounts;
import com.xero.models.accounting.Allocation;
import com.xero.models.accounting.Allocations;
import com.xero.models.accounting.BankTransaction;
import com.xero.models.accounting.BankTransactions;
import com.xero.models.accounting.BatchPayment;
import com.xero.models.accounting.BatchPaymentDelete;
import com.xero.models.accounting.BatchPaymentDeleteByUrlParam;
import com.xero.models.accounting.BatchPayments;
import com.xero.models.accounting.Contact;
import com.xero.models.accounting.Contacts;
import com.xero.models.accounting.CreditNote;
import com.xero.models.accounting.CreditNotes;
import com.xero.models.accounting.Currency;
import com.xero.models.accounting.CurrencyCode;
import com.xero.models.accounting.Invoice;
import com.xero.models.accounting.Invoices;
import com.xero.models.accounting.Item;
import com.xero.models.accounting.Items;
import com.xero.models.accounting.LineItem;
import com.xero.models.accounting.Overpayment;
import com.xero.models.accounting.Payment;
import com.xero.models.accounting.PaymentDelete;
import com.xero.models.accounting.Payments;
import com.xero.models.accounting.Prepayment;
import com.xero.models.accounting.TaxComponent;
import com.xero.models.accounting.TaxRate;
import com.xero.models.accounting.TaxRates;
import com.xero.models.accounting.TrackingCategory;
import com.xero.models.accounting.TrackingOption;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.threeten.bp.LocalDate;

/** Every operation of the accounting client that the simulator offers, resource by resource. */
final class XeroBooks {
    static final LocalDate DAY = LocalDate.of(2026, 7, 6);

    private final AccountingApi api;
    private final String access;
    private final String tenant;

    XeroBooks(AccountingApi api, String access, String tenant) {
        this.api = api;
        this.access = access;
        this.tenant = tenant;
    }

    void settings() throws IOException {
        String home = api.getOrganisations(access, tenant).getOrganisations().get(0)
            .getBaseCurrency().getValue();
        Simulator.check(home.equals("NZD"), "the organisation is shown");
        UUID id = api.createAccount(access, tenant, account("Coffee"), null)
            .getAccounts().get(0).getAccountID();
        Accounts renamed = new Accounts();
        renamed.setAccounts(List.of(new Account().name("Tea")));
        api.updateAccount(access, tenant, id, renamed, null);
        String name = api.getAccount(access, tenant, id).getAccounts().get(0).getName();
        Simulator.check(name.equals("Tea"), "an account is changed");
        api.deleteAccount(access, tenant, id);
        int accounts = api.getAccounts(access, tenant, null, null, null).getAccounts().size();
        Simulator.check(accounts > 10, "accounts are listed");
        api.createCurrency(access, tenant, new Currency().code(CurrencyCode.EUR), null);
        Simulator.check(api.getCurrencies(access, tenant, null, null).getCurrencies().stream()
            .anyMatch(one -> one.getCode() == CurrencyCode.EUR), "a currency is added");
    }

    void taxRates() throws IOException {
        TaxRate local = new TaxRate();
        local.setName("Local");
        local.setReportTaxType(TaxRate.ReportTaxTypeEnum.OUTPUT);
        local.setTaxComponents(List.of(new TaxComponent().name("City").rate(7.5)));
        TaxRates rates = new TaxRates();
        rates.setTaxRates(List.of(local));
        String type = api.createTaxRates(access, tenant, rates, null).getTaxRates().get(0)
            .getTaxType();
        Simulator.check(type.equals("TAX001"), "a tax rate is made");
        local.setStatus(TaxRate.StatusEnum.DELETED);
        api.updateTaxRate(access, tenant, rates, null);
        Simulator.check(api.getTaxRates(access, tenant, null, null, null).getTaxRates().stream()
            .anyMatch(one -> one.getTaxType().equals("OUTPUT2")), "tax rates are listed");
    }

    void tracking() throws IOException {
        UUID id = api.createTrackingCategory(access, tenant, category("Team"), null)
            .getTrackingCategories().get(0).getTrackingCategoryID();
        UUID option = api.createTrackingOptions(access, tenant, id, option("Red"), null)
            .getOptions().get(0).getTrackingOptionID();
        api.updateTrackingOptions(access, tenant, id, option, option("Blue"), null);
        api.updateTrackingCategory(access, tenant, id, category("Crew"), null);
        TrackingCategory shown =
            api.getTrackingCategory(access, tenant, id).getTrackingCategories().get(0);
        Simulator.check(shown.getName().equals("Crew"), "a tracking category is changed");
        String named = shown.getOptions().get(0).getName();
        Simulator.check(named.equals("Blue"), "an option is changed");
        api.deleteTrackingOptions(access, tenant, id, option);
        api.deleteTrackingCategory(access, tenant, id);
        int left = api.getTrackingCategories(access, tenant, null, null, null)
            .getTrackingCategories().size();
        Simulator.check(left == 1, "a tracking category is deleted");
    }

    void contacts() throws IOException {
        Contact mia = new Contact().name("Mia Lund");
        UUID id = api.createContacts(access, tenant, only(mia), null, null)
            .getContacts().get(0).getContactID();
        api.updateContact(access, tenant, id, only(new Contact().firstName("Mia")), null);
        Contact named = new Contact().name("Mia Lund").lastName("Lund");
        api.updateOrCreateContacts(access, tenant, only(named), null, null);
        Contact shown = api.getContact(access, tenant, id).getContacts().get(0);
        String whole = shown.getFirstName() + " " + shown.getLastName();
        Simulator.check(whole.equals("Mia Lund"), "a contact is changed twice");
        int found = api.getContacts(access, tenant, null, "Name==\"Mia Lund\"", null, null, null,
            null, null, null).getContacts().size();
        Simulator.check(found == 1, "a contact is found");
    }

    void items() throws IOException {
        UUID id = api.createItems(access, tenant, only(item("ROSE ", "Rose")), null, null, null)
            .getItems().get(0).getItemID();
        api.updateItem(access, tenant, id, only(item("ROSE", "Red rose")), null, null);
        Item described = new Item().code("ROSE").description("A rose");
        api.updateOrCreateItems(access, tenant, only(described), null, null, null);
        Item shown = api.getItem(access, tenant, id, null).getItems().get(0);
        Simulator.check(shown.getCode().equals("ROSE"), "its code is trimmed");
        Simulator.check(shown.getName().equals("Red rose"), "an item is changed");
        api.deleteItem(access, tenant, id);
        int left = api.getItems(access, tenant, null, null, null, null).getItems().size();
        Simulator.check(left == 0, "an item is deleted");
    }

    /** Writes invoices and returns one that is open. */
    Invoice invoices() throws IOException {
        String key = UUID.randomUUID().toString();
        Invoice made = api.createInvoices(access, tenant, only(invoice("A-1 ")), key, false, 4)
            .getInvoices().get(0);
        Simulator.check(made.getInvoiceNumber().equals("A-1"), "its number is trimmed");
        Simulator.check(made.getTotal() == 115.0, "its total has the tax");
        UUID second = api.createInvoices(access, tenant, only(invoice("A-2")), null, null, null)
            .getInvoices().get(0).getInvoiceID();
        Invoice referred = new Invoice().reference("R-2");
        api.updateInvoice(access, tenant, second, only(referred), null, null);
        Invoice voided = new Invoice().invoiceID(second).status(Invoice.StatusEnum.VOIDED);
        api.updateOrCreateInvoices(access, tenant, only(voided), null, null, null);
        int listed = api.getInvoices(access, tenant, null, null, null, null, null, null, null, null,
            null, null, null, null).getInvoices().size();
        Simulator.check(listed == 2, "invoices are listed");
        return api.getInvoice(access, tenant, made.getInvoiceID(), 4).getInvoices().get(0);
    }

    void creditNotes(Invoice invoice) throws IOException {
        CreditNote note = new CreditNote();
        note.setType(CreditNote.TypeEnum.ACCRECCREDIT);
        note.setContact(contact());
        note.setDate(DAY);
        note.setStatus(CreditNote.StatusEnum.AUTHORISED);
        note.setLineItems(List.of(line(20.0)));
        UUID id = api.createCreditNotes(access, tenant, only(note), null, null, null)
            .getCreditNotes().get(0).getCreditNoteID();
        api.updateCreditNote(access, tenant, id, only(new CreditNote().reference("C")), null, null);
        CreditNote again = new CreditNote().creditNoteID(id).reference("D");
        api.updateOrCreateCreditNotes(access, tenant, only(again), null, null, null);
        UUID used = api.createCreditNoteAllocation(
            access, tenant, id, part(invoice, 10.0), null, null)
            .getAllocations().get(0).getAllocationID();
        double left = api.getCreditNote(access, tenant, id, null).getCreditNotes().get(0)
            .getRemainingCredit();
        Simulator.check(left == 13.0, "a credit is used in part");
        api.deleteCreditNoteAllocations(access, tenant, id, used);
        left = api.getCreditNotes(access, tenant, null, null, null, null, null).getCreditNotes()
            .get(0).getRemainingCredit();
        Simulator.check(left == 23.0, "its use is taken back");
    }

    void payments(Invoice invoice) throws IOException {
        Payment made = api.createPayment(access, tenant, paying(invoice, 15.0), null)
            .getPayments().get(0);
        Simulator.check(made.getInvoice().getAmountDue() == 100.0, "a payment is applied");
        PaymentDelete deletion = new PaymentDelete();
        deletion.setStatus("DELETED");
        api.deletePayment(access, tenant, made.getPaymentID(), deletion, null);
        Payment shown = api.getPayment(access, tenant, made.getPaymentID()).getPayments().get(0);
        Simulator.check(shown.getStatus() == Payment.StatusEnum.DELETED, "a payment is deleted");
        Payments several = new Payments();
        several.setPayments(List.of(paying(invoice, 5.0)));
        api.createPayments(access, tenant, several, null, null);
        int listed = api.getPayments(access, tenant, null, null, null, null).getPayments().size();
        Simulator.check(listed == 2, "payments are listed");
    }

    void batchPayments(Invoice invoice) throws IOException {
        UUID first = batch(invoice);
        BatchPaymentDelete deletion = new BatchPaymentDelete();
        deletion.setBatchPaymentID(first);
        deletion.setStatus("DELETED");
        api.deleteBatchPayment(access, tenant, deletion, null);
        UUID second = batch(invoice);
        BatchPaymentDeleteByUrlParam named = new BatchPaymentDeleteByUrlParam();
        named.setStatus("DELETED");
        api.deleteBatchPaymentByUrlParam(access, tenant, second, named, null);
        for (BatchPayment one : api.getBatchPayments(access, tenant, null, null, null)
                .getBatchPayments()) {
            BatchPayment shown = api.getBatchPayment(access, tenant, one.getBatchPaymentID())
                .getBatchPayments().get(0);
            BatchPayment.StatusEnum status = shown.getStatus();
            Simulator.check(status == BatchPayment.StatusEnum.DELETED, "a batch is deleted");
        }
    }

    private UUID batch(Invoice invoice) throws IOException {
        UUID account = api.getAccounts(access, tenant, null, "Code==\"090\"", null)
            .getAccounts().get(0).getAccountID();
        Payment member = new Payment().invoice(named(invoice)).amount(10.0);
        BatchPayment batch = new BatchPayment();
        batch.setAccount(new Account().accountID(account));
        batch.setDate(DAY);
        batch.setPayments(List.of(member));
        BatchPayments sent = new BatchPayments();
        sent.setBatchPayments(List.of(batch));
        return api.createBatchPayment(access, tenant, sent, null, null)
            .getBatchPayments().get(0).getBatchPaymentID();
    }

    void bankTransactions() throws IOException {
        BankTransactions sent = received(BankTransaction.TypeEnum.RECEIVE, 30.0);
        UUID id = api.createBankTransactions(access, tenant, sent, null, null, null)
            .getBankTransactions().get(0).getBankTransactionID();
        api.updateBankTransaction(
            access, tenant, id, received(BankTransaction.TypeEnum.RECEIVE, 31.0), null, null);
        BankTransactions again = received(BankTransaction.TypeEnum.RECEIVE, 32.0);
        again.getBankTransactions().get(0).setBankTransactionID(id);
        api.updateOrCreateBankTransactions(access, tenant, again, null, null, null);
        double total = api.getBankTransaction(access, tenant, id, null).getBankTransactions()
            .get(0).getTotal();
        Simulator.check(total == 32.0, "a bank transaction is changed twice");
        int listed = api.getBankTransactions(access, tenant, null, null, null, null, null)
            .getBankTransactions().size();
        Simulator.check(listed == 1, "bank transactions are listed");
    }

    void overpayments(Invoice invoice) throws IOException {
        UUID id = api.createBankTransactions(access, tenant,
            received(BankTransaction.TypeEnum.RECEIVE_OVERPAYMENT, 9.0), null, null, null)
            .getBankTransactions().get(0).getOverpaymentID();
        UUID used = api.createOverpaymentAllocations(
            access, tenant, id, part(invoice, 4.0), null, null)
            .getAllocations().get(0).getAllocationID();
        double left = api.getOverpayment(access, tenant, id).getOverpayments().get(0)
            .getRemainingCredit();
        Simulator.check(left == 5.0, "the rest of the overpayment is left");
        api.deleteOverpaymentAllocations(access, tenant, id, used);
        api.createPayment(
            access, tenant, refund().overpayment(new Overpayment().overpaymentID(id)), null);
        Overpayment listed = api.getOverpayments(access, tenant, null, null, null, null, null)
            .getOverpayments().get(0);
        Simulator.check(listed.getStatus() == Overpayment.StatusEnum.PAID, "it is paid back");
    }

    void prepayments(Invoice invoice) throws IOException {
        UUID id = api.createBankTransactions(access, tenant,
            received(BankTransaction.TypeEnum.RECEIVE_PREPAYMENT, 9.0), null, null, null)
            .getBankTransactions().get(0).getPrepaymentID();
        UUID used = api.createPrepaymentAllocations(
            access, tenant, id, part(invoice, 4.0), null, null)
            .getAllocations().get(0).getAllocationID();
        double left = api.getPrepayment(access, tenant, id).getPrepayments().get(0)
            .getRemainingCredit();
        Simulator.check(left == 5.0, "the rest of the prepayment is left");
        api.deletePrepaymentAllocations(access, tenant, id, used);
        api.createPayment(
            access, tenant, refund().prepayment(new Prepayment().prepaymentID(id)), null);
        Prepayment listed = api.getPrepayments(access, tenant, null, null, null, null, null)
            .getPrepayments().get(0);
        Simulator.check(listed.getStatus() == Prepayment.StatusEnum.PAID, "it is paid back");
    }

    static Invoices only(Invoice invoice) {
        Invoices invoices = new Invoices();
        invoices.setInvoices(List.of(invoice));
        return invoices;
    }

    private static Contacts only(Contact contact) {
        Contacts contacts = new Contacts();
        contacts.setContacts(List.of(contact));
        return contacts;
    }

    private static Items only(Item item) {
        Items items = new Items();
        items.setItems(List.of(item));
        return items;
    }

    private static CreditNotes only(CreditNote note) {
        CreditNotes notes = new CreditNotes();
        notes.setCreditNotes(List.of(note));
        return notes;
    }

    static Invoice invoice(String number) {
        Invoice invoice = new Invoice();
        invoice.setType(Invoice.TypeEnum.ACCREC);
        invoice.setContact(contact());
        invoice.setDate(DAY);
        invoice.setDueDate(DAY.plusDays(30));
        invoice.setStatus(Invoice.StatusEnum.AUTHORISED);
        invoice.setLineItems(List.of(line(100.0)));
        invoice.setInvoiceNumber(number);
        return invoice;
    }

    private static Account account(String name) {
        Account account = new Account();
        account.setCode("250");
        account.setName(name);
        account.setType(AccountType.REVENUE);
        return account;
    }

    private static TrackingCategory category(String name) {
        return new TrackingCategory().name(name);
    }

    private static TrackingOption option(String name) {
        return new TrackingOption().name(name);
    }

    private static Item item(String code, String name) {
        return new Item().code(code).name(name);
    }

    private static Contact contact() {
        return new Contact().name("Harbour Cafe");
    }

    private static Account bank() {
        return new Account().code("090");
    }

    private static LineItem line(double amount) {
        LineItem line = new LineItem();
        line.setDescription("Roses");
        line.setQuantity(1.0);
        line.setUnitAmount(amount);
        line.setAccountCode("200");
        return line;
    }

    private static BankTransactions received(BankTransaction.TypeEnum type, double amount) {
        BankTransaction received = new BankTransaction();
        received.setType(type);
        received.setContact(contact());
        received.setDate(DAY);
        received.setBankAccount(bank());
        received.setLineItems(List.of(line(amount)));
        BankTransactions sent = new BankTransactions();
        sent.setBankTransactions(List.of(received));
        return sent;
    }

    private static Allocations part(Invoice invoice, double amount) {
        Allocation allocation = new Allocation();
        allocation.setInvoice(named(invoice));
        allocation.setAmount(amount);
        allocation.setDate(DAY);
        Allocations allocations = new Allocations();
        allocations.setAllocations(List.of(allocation));
        return allocations;
    }

    private static Payment paying(Invoice invoice, double amount) {
        return refund().invoice(named(invoice)).amount(amount);
    }

    private static Payment refund() {
        Payment payment = new Payment().account(bank()).amount(9.0);
        payment.setDate(DAY);
        return payment;
    }

    private static Invoice named(Invoice invoice) {
        return new Invoice().invoiceID(invoice.getInvoiceID());
    }
}
