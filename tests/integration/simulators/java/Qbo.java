import static java.util.stream.Collectors.toList;

import com.intuit.ipp.core.Context;
import com.intuit.ipp.core.ServiceType;
import com.intuit.ipp.data.Account;
import com.intuit.ipp.data.Customer;
import com.intuit.ipp.data.Estimate;
import com.intuit.ipp.data.Invoice;
import com.intuit.ipp.data.Line;
import com.intuit.ipp.data.LineDetailTypeEnum;
import com.intuit.ipp.data.LinkedTxn;
import com.intuit.ipp.data.OperationEnum;
import com.intuit.ipp.data.Payment;
import com.intuit.ipp.data.PhysicalAddress;
import com.intuit.ipp.data.ReferenceType;
import com.intuit.ipp.data.SalesItemLineDetail;
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

/** Intuit's Java clients, from consent to revocation. */
public final class Qbo {
    private static final String REALM = System.getenv("REALM");
    private static final String SCOPE = "scope=openid+com.intuit.quickbooks.accounting";

    private static OAuth2PlatformClient oauth;
    private static DataService books;
    private static ReferenceType customer;

    public static void main(String[] arguments) throws Exception {
        BearerTokenResponse tokens = connect();
        // The other transport of the client forgets the port of an address.
        Config.setProperty(Config.HTTP_TRANSPORT, "HTTP_URL_CONNECTION");
        Config.setProperty(Config.BASE_URL_QBO, Simulator.BASE + "/v3/company");
        OAuth2Authorizer authorizer = new OAuth2Authorizer(tokens.getAccessToken());
        books = new DataService(new Context(authorizer, ServiceType.QBO, REALM));
        writeNames();
        Invoice invoice = writeInvoice("100.30");
        Payment payment = pay(invoice, "130", "50");
        refusals(invoice);
        readMany();
        books.sendEmail(invoice, "mia@example.com");
        books.delete(payment);
        invoice = books.findById(invoice);
        books.voidRequest(invoice);
        Simulator.check(
            books.findById(invoice).getTotalAmt().signum() == 0, "a void leaves nothing");
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
        Simulator.refused(() -> books.findAll(new Account()));
    }

    private static void writeNames() throws FMSException {
        Customer made = new Customer();
        made.setDisplayName("H\u00e5kon");
        PhysicalAddress address = new PhysicalAddress();
        address.setLine1("1 Quay");
        made.setBillAddr(address);
        made = books.add(made);
        Simulator.check(made.getBillAddr().getId() != null, "an address has an id");
        made.setNotes("x");
        Simulator.check(books.update(made).getSyncToken().equals("1"), "it is changed");
        customer = reference(made.getId());
    }

    private static Invoice writeInvoice(String amount) throws FMSException {
        Line line = new Line();
        line.setAmount(new BigDecimal(amount));
        line.setDetailType(LineDetailTypeEnum.SALES_ITEM_LINE_DETAIL);
        line.setSalesItemLineDetail(new SalesItemLineDetail());
        Invoice invoice = new Invoice();
        invoice.setCustomerRef(customer);
        invoice.setLine(List.of(line));
        invoice = books.add(invoice);
        Simulator.check(same(invoice.getTotalAmt(), amount), "the total is the line's");
        return invoice;
    }

    private static Payment pay(Invoice invoice, String total, String part) throws FMSException {
        LinkedTxn link = new LinkedTxn();
        link.setTxnId(invoice.getId());
        link.setTxnType("Invoice");
        Line line = new Line();
        line.setAmount(new BigDecimal(part));
        line.setLinkedTxn(List.of(link));
        Payment payment = new Payment();
        payment.setCustomerRef(customer);
        payment.setTotalAmt(new BigDecimal(total));
        payment.setLine(List.of(line));
        payment = books.findById(books.add(payment));
        BigDecimal left = new BigDecimal(total).subtract(new BigDecimal(part));
        Simulator.check(same(payment.getUnappliedAmt(), left.toString()), "the rest is unapplied");
        List<Object> explained = payment.getLine().get(0).getLineEx().getAny();
        Simulator.check(explained.size() >= 2, "a line says what it pays");
        return payment;
    }

    private static void refusals(Invoice invoice) {
        Simulator.check(fault(() -> books.voidRequest(invoice)).contains("6000"), "it is paid");
        Estimate estimate = new Estimate();
        estimate.setCustomerRef(customer);
        String missing = fault(() -> books.add(estimate));
        Simulator.check(missing.contains("This simulator does not offer"), missing);
    }

    private static String fault(Simulator.Work work) {
        return Simulator.refused(work).getMessage();
    }

    private static void readMany() throws FMSException {
        String query = "select * from Customer where DisplayName = 'H\u00e5kon'";
        Simulator.check(books.executeQuery(query).getEntities().size() == 1, "it is found");
        Simulator.check(books.findAll(new Account()).size() > 10, "all are found");
        String since = OffsetDateTime.now(ZoneOffset.UTC).minusHours(1).withNano(0)
            .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        List<String> changed =
            books.executeCDCQuery(List.of(new Customer(), new Estimate(), new Invoice()), since)
                .get(0).getQueryResults().keySet().stream().sorted().collect(toList());
        Simulator.check(changed.equals(List.of("Customer", "Invoice")), changed.toString());
        BatchOperation batch = new BatchOperation();
        Customer second = new Customer();
        second.setDisplayName("Second");
        batch.addEntity(second, OperationEnum.CREATE, "1");
        batch.addEntity(new Estimate(), OperationEnum.CREATE, "2");
        batch.addQuery("select * from Customer", "3");
        books.executeBatch(batch);
        Simulator.check(batch.getEntity("1") != null && batch.isFault("2"), "each on its own");
    }

    private static ReferenceType reference(String id) {
        ReferenceType reference = new ReferenceType();
        reference.setValue(id);
        return reference;
    }

    private static boolean same(BigDecimal amount, String expected) {
        return amount.compareTo(new BigDecimal(expected)) == 0;
    }
}
