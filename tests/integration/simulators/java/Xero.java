import com.xero.api.ApiClient;
import com.xero.api.client.AccountingApi;
import com.xero.api.client.IdentityApi;
import com.xero.models.accounting.Account;
import com.xero.models.accounting.Allocation;
import com.xero.models.accounting.Allocations;
import com.xero.models.accounting.BankTransaction;
import com.xero.models.accounting.BankTransactions;
import com.xero.models.accounting.Contact;
import com.xero.models.accounting.Invoice;
import com.xero.models.accounting.Invoices;
import com.xero.models.accounting.LineItem;
import com.xero.models.accounting.Payment;
import com.xero.models.accounting.TrackingCategory;
import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.List;
import java.util.UUID;
import org.threeten.bp.LocalDate;

/** Xero's Java client, from consent to revocation; its addresses lead to the simulator. */
public final class Xero {
    private static final String SCOPE = "scope=openid+profile+email+offline_access"
        + "+accounting.invoices+accounting.payments+accounting.banktransactions"
        + "+accounting.contacts+accounting.settings";
    private static final LocalDate DAY = LocalDate.of(2026, 7, 6);

    private static final AccountingApi API = AccountingApi.getInstance(new ApiClient());
    private static String access;
    private static String refresh;
    private static String tenant;

    public static void main(String[] arguments) throws Exception {
        redirect();
        connect();
        Invoice invoice = writeInvoice();
        overpay(invoice);
        pay(invoice);
        settings();
        refusals();
        revoke();
        System.out.println("done");
    }

    private static void redirect() {
        URL.setURLStreamHandlerFactory(protocol -> !protocol.equals("https") ? null
            : new URLStreamHandler() {
                @Override
                protected URLConnection openConnection(URL url) throws IOException {
                    return new URL(Simulator.BASE + url.getFile()).openConnection();
                }
            });
    }

    private static void connect() throws Exception {
        String code = Simulator.consent("/identity/connect/authorize", SCOPE);
        String answer = token("grant_type=authorization_code&code=" + code
            + "&redirect_uri=" + Simulator.CALLBACK);
        ApiClient client = new ApiClient();
        client.verify(member(answer, "id_token"));
        client.verify(access);
        token("grant_type=refresh_token&refresh_token=" + refresh);
        IdentityApi identity =
            new IdentityApi(new ApiClient("https://api.xero.com", null, null, null, null));
        tenant = identity.getConnections(access, null).get(0).getTenantId().toString();
    }

    private static String token(String form) throws Exception {
        String answer = Simulator.post("/connect/token", form).body();
        access = member(answer, "access_token");
        refresh = member(answer, "refresh_token");
        return answer;
    }

    private static String member(String json, String name) {
        return json.replaceAll("(?s).*\"" + name + "\":\"([^\"]*)\".*", "$1");
    }

    private static LineItem line() {
        LineItem line = new LineItem();
        line.setDescription("Roses");
        line.setQuantity(1.0);
        line.setUnitAmount(100.0);
        line.setAccountCode("200");
        return line;
    }

    private static Contact contact() {
        Contact contact = new Contact();
        contact.setName("Harbour Cafe");
        return contact;
    }

    private static Account bank() {
        Account bank = new Account();
        bank.setCode("090");
        return bank;
    }

    private static Invoices invoices() {
        Invoice invoice = new Invoice();
        invoice.setType(Invoice.TypeEnum.ACCREC);
        invoice.setContact(contact());
        invoice.setDate(DAY);
        invoice.setDueDate(DAY.plusDays(30));
        invoice.setStatus(Invoice.StatusEnum.AUTHORISED);
        invoice.setLineItems(List.of(line()));
        invoice.setInvoiceNumber("A-1 ");
        Invoices invoices = new Invoices();
        invoices.setInvoices(List.of(invoice));
        return invoices;
    }

    private static Invoice writeInvoice() throws IOException {
        String key = UUID.randomUUID().toString();
        Invoice made = API.createInvoices(access, tenant, invoices(), key, false, 4)
            .getInvoices().get(0);
        Simulator.check(made.getInvoiceNumber().equals("A-1"), "its number is trimmed");
        Simulator.check(made.getTotal() == 115.0, "its total has the tax");
        return API.getInvoice(access, tenant, made.getInvoiceID(), 4).getInvoices().get(0);
    }

    private static Invoice named(Invoice invoice) {
        Invoice named = new Invoice();
        named.setInvoiceID(invoice.getInvoiceID());
        return named;
    }

    private static void overpay(Invoice invoice) throws IOException {
        BankTransaction received = new BankTransaction();
        received.setType(BankTransaction.TypeEnum.RECEIVE_OVERPAYMENT);
        received.setContact(contact());
        received.setDate(DAY);
        received.setBankAccount(bank());
        received.setLineItems(List.of(line()));
        BankTransactions sent = new BankTransactions();
        sent.setBankTransactions(List.of(received));
        UUID id = API.createBankTransactions(access, tenant, sent, null, false, null)
            .getBankTransactions().get(0).getOverpaymentID();
        Allocation allocation = new Allocation();
        allocation.setInvoice(named(invoice));
        allocation.setAmount(40.0);
        allocation.setDate(DAY);
        Allocations allocations = new Allocations();
        allocations.setAllocations(List.of(allocation));
        API.createOverpaymentAllocations(access, tenant, id, allocations, null, false);
        double left = API.getOverpayment(access, tenant, id).getOverpayments().get(0)
            .getRemainingCredit();
        Simulator.check(left == 60.0, "the rest of the overpayment is left");
    }

    private static void pay(Invoice invoice) throws IOException {
        Payment payment = new Payment();
        payment.setInvoice(named(invoice));
        payment.setAccount(bank());
        payment.setAmount(75.0);
        payment.setDate(DAY);
        double due = API.createPayment(access, tenant, payment, null).getPayments().get(0)
            .getInvoice().getAmountDue();
        Simulator.check(due == 0.0, "the invoice is paid");
    }

    private static void settings() throws IOException {
        int rates = API.getTaxRates(access, tenant, null, null, null).getTaxRates().size();
        Simulator.check(rates > 2, "tax rates are listed");
        TrackingCategory team = new TrackingCategory();
        team.setName("Team");
        String name = API.createTrackingCategory(access, tenant, team, null)
            .getTrackingCategories().get(0).getName();
        Simulator.check(name.equals("Team"), "a tracking category is made");
    }

    private static void refusals() {
        Exception taken = Simulator.refused(
            () -> API.createInvoices(access, tenant, invoices(), null, null, null));
        Simulator.check(kind(taken).equals("XeroBadRequestException"), kind(taken));
        Exception missing = Simulator.refused(() -> API.getQuotes(
            access, tenant, null, null, null, null, null, null, null, null, null, null));
        Simulator.check(kind(missing).equals("XeroNotImplementedException"), kind(missing));
    }

    private static String kind(Exception thrown) {
        return thrown.getClass().getSimpleName();
    }

    private static void revoke() throws IOException {
        int status = new ApiClient()
            .revoke(Simulator.CLIENT_ID, Simulator.CLIENT_SECRET, refresh).getStatusCode();
        Simulator.check(status == 200, "the token is revoked");
        Exception ended = Simulator.refused(() -> API.getOrganisations(access, tenant));
        Simulator.check(kind(ended).equals("XeroUnauthorizedException"), kind(ended));
    }
}
