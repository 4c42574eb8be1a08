import static java.util.stream.Collectors.toList;

import com.intuit.ipp.core.Context;
import com.intuit.ipp.core.IEntity;
import com.intuit.ipp.core.ServiceType;
import com.intuit.ipp.data.Account;
import com.intuit.ipp.data.Bill;
import com.intuit.ipp.data.BillPayment;
import com.intuit.ipp.data.CompanyInfo;
import com.intuit.ipp.data.CreditMemo;
import com.intuit.ipp.data.Customer;
import com.intuit.ipp.data.Department;
import com.intuit.ipp.data.Employee;
import com.intuit.ipp.data.Estimate;
import com.intuit.ipp.data.IntuitEntity;
import com.intuit.ipp.data.Invoice;
import com.intuit.ipp.data.Item;
import com.intuit.ipp.data.JournalEntry;
import com.intuit.ipp.data.OperationEnum;
import com.intuit.ipp.data.Payment;
import com.intuit.ipp.data.PaymentMethod;
import com.intuit.ipp.data.Preferences;
import com.intuit.ipp.data.SalesReceipt;
import com.intuit.ipp.data.TaxAgency;
import com.intuit.ipp.data.TaxCode;
import com.intuit.ipp.data.TaxRate;
import com.intuit.ipp.data.Term;
import com.intuit.ipp.data.Vendor;
import com.intuit.ipp.exception.FMSException;
import com.intuit.ipp.security.OAuth2Authorizer;
import com.intuit.ipp.services.BatchOperation;
import com.intuit.ipp.services.DataService;
import com.intuit.ipp.util.Config;
import com.intuit.oauth2.client.OAuth2PlatformClient;
import com.intuit.oauth2.config.OAuth2Config;
import com.intuit.oauth2.data.BearerTokenResponse;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** Intuit's Java clients, from consent to revocation: every operation offered. */
public final class Qbo {
    private static final String REALM = System.getenv("REALM");
    private static final String SCOPE = "scope=openid+com.intuit.quickbooks.accounting";
    private static final List<IEntity> TRACKED = List.of(
        new Account(), new Bill(), new BillPayment(), new com.intuit.ipp.data.Class(),
        new CreditMemo(), new Customer(), new Department(), new Employee(), new Estimate(),
        new Invoice(), new Item(), new JournalEntry(), new Payment(), new PaymentMethod(),
        new SalesReceipt(), new Term(), new Vendor());

    private static OAuth2PlatformClient oauth;
    private static DataService books;

    public static void main(String[] arguments) throws Exception {
        BearerTokenResponse tokens = connect();
        // The other transport of the client forgets the port of an address.
        Config.setProperty(Config.HTTP_TRANSPORT, "HTTP_URL_CONNECTION");
        Config.setProperty(Config.BASE_URL_QBO, Simulator.BASE + "/v3/company");
        OAuth2Authorizer authorizer = new OAuth2Authorizer(tokens.getAccessToken());
        books = new DataService(new Context(authorizer, ServiceType.QBO, REALM));
        QboBooks written = new QboBooks(books);
        written.writeLists();
        written.writeTransactions();
        whatTheServerAdds(written);
        refusals(written.invoice);
        readOnly();
        readMany();
        written.send();
        written.takeOut();
        revoke(tokens);
        System.out.println("done");
    }

    private static BearerTokenResponse connect() throws Exception {
        String discovery = Simulator.BASE + "/.well-known/openid_configuration/";
        OAuth2Config config =
            new OAuth2Config.OAuth2ConfigBuilder(Simulator.CLIENT_ID, Simulator.CLIENT_SECRET)
                .callDiscoveryAPI(discovery)
                .buildConfig();
        oauth = new OAuth2PlatformClient(config);
        String code = Simulator.consent("/connect/oauth2", SCOPE + "&realm=" + REALM);
        BearerTokenResponse tokens = oauth.retrieveBearerTokens(code, Simulator.CALLBACK);
        Simulator.check(oauth.validateIDToken(tokens.getIdToken()), "the id token is proved");
        String name = oauth.getUserInfo(tokens.getAccessToken()).getGivenName();
        Simulator.check(name.equals("Robin"), "the user is known");
        return oauth.refreshToken(tokens.getRefreshToken());
    }

    private static void revoke(BearerTokenResponse tokens) throws Exception {
        String status = oauth.revokeToken(tokens.getRefreshToken()).getStatus();
        Simulator.check(status.equals("SUCCESS"), "the grant is revoked");
        String ended = fault(() -> books.findAll(new Account()));
        Simulator.check(ended.contains("ERROR CODE:3200"), ended);
    }

    private static void whatTheServerAdds(QboBooks written) {
        String address = written.customer.getBillAddr().getId();
        Simulator.check(address != null, "an address has an id");
        Simulator.check(same(written.invoice.getTotalAmt(), "100.30"), "the total is the line's");
        Simulator.check(same(written.payment.getUnappliedAmt(), "80"), "the rest is unapplied");
        List<Object> explained = written.payment.getLine().get(0).getLineEx().getAny();
        Simulator.check(explained.size() >= 2, "a line says what it pays");
    }

    private static void refusals(Invoice invoice) {
        Simulator.check(fault(() -> books.voidRequest(invoice)).contains("6000"), "it is paid");
        Estimate estimate = new Estimate();
        estimate.setCustomerRef(invoice.getCustomerRef());
        String missing = fault(() -> books.add(estimate));
        Simulator.check(missing.contains("This simulator does not offer"), missing);
    }

    private static String fault(Simulator.Work work) {
        return Simulator.refused(work).getMessage();
    }

    /** Reads what clients cannot write, one by one where the company has any. */
    private static void readOnly() throws FMSException {
        for (IntuitEntity kind : List.of(
                new CompanyInfo(), new Preferences(), new TaxCode(), new TaxRate(),
                new TaxAgency())) {
            String what = kind.getClass().getSimpleName();
            List<? extends IntuitEntity> all = books.findAll(kind);
            Simulator.check(!all.isEmpty(), what + " is listed");
            IntuitEntity read = books.findById(all.get(0));
            Simulator.check(read.getId().equals(all.get(0).getId()), what + " is read");
        }
    }

    private static void readMany() throws FMSException {
        String query = "select * from Customer where DisplayName = 'H\u00e5kon'";
        Simulator.check(books.executeQuery(query).getEntities().size() == 1, "it is found");
        Simulator.check(books.findAll(new Account()).size() > 10, "all are found");
        String since = OffsetDateTime.now(ZoneOffset.UTC).minusHours(1).withNano(0)
            .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        List<String> changed = books.executeCDCQuery(TRACKED, since)
            .get(0).getQueryResults().keySet().stream().sorted().collect(toList());
        List<String> offered = TRACKED.stream().map(one -> one.getClass().getSimpleName())
            .filter(name -> !name.equals("Estimate")).collect(toList());
        Simulator.check(changed.equals(offered), changed.toString());
        BatchOperation batch = new BatchOperation();
        Customer second = new Customer();
        second.setDisplayName("Second");
        batch.addEntity(second, OperationEnum.CREATE, "1");
        batch.addEntity(new Estimate(), OperationEnum.CREATE, "2");
        batch.addQuery("select * from Customer", "3");
        books.executeBatch(batch);
        Simulator.check(batch.getEntity("1") != null && batch.isFault("2"), "each on its own");
    }

    private static boolean same(BigDecimal amount, String expected) {
        return amount.compareTo(new BigDecimal(expected)) == 0;
    }
}
