import com.xero.api.ApiClient;
import com.xero.api.client.AccountingApi;
import com.xero.api.client.IdentityApi;
import com.xero.models.accounting.Invoice;
import com.xero.models.identity.Connection;
import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;

/** Xero's Java client, from consent to revocation: every operation offered. */
public final class Xero {
    private static final String SCOPE = "scope=openid+profile+email+offline_access"
        + "+accounting.invoices+accounting.payments+accounting.banktransactions"
        + "+accounting.contacts+accounting.settings";

    private static final AccountingApi API = AccountingApi.getInstance(new ApiClient());
    private static String access;
    private static String refresh;
    private static String tenant;
    private static Connection connection;

    public static void main(String[] arguments) throws Exception {
        redirect();
        connect();
        XeroBooks books = new XeroBooks(API, access, tenant);
        books.settings();
        books.taxRates();
        books.tracking();
        books.contacts();
        books.items();
        Invoice invoice = books.invoices();
        books.creditNotes(invoice);
        books.payments(invoice);
        books.batchPayments(invoice);
        books.bankTransactions();
        books.overpayments(invoice);
        books.prepayments(invoice);
        refusals();
        disconnect();
        revoke();
        System.out.println("done");
    }

    /** Leads the addresses that the client has built in to the simulator. */
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
        connection = identity().getConnections(access, null).get(0);
        tenant = connection.getTenantId().toString();
    }

    private static IdentityApi identity() {
        return new IdentityApi(new ApiClient("https://api.xero.com", null, null, null, null));
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

    private static void refusals() {
        Exception taken = Simulator.refused(
            () -> API.createInvoices(
                access, tenant, XeroBooks.only(XeroBooks.invoice("A-1")), null, null, null));
        Simulator.check(kind(taken).equals("XeroBadRequestException"), kind(taken));
        Exception missing = Simulator.refused(() -> API.getQuotes(
            access, tenant, null, null, null, null, null, null, null, null, null, null));
        Simulator.check(kind(missing).equals("XeroNotImplementedException"), kind(missing));
    }

    private static String kind(Exception thrown) {
        return thrown.getClass().getSimpleName();
    }

    private static void disconnect() throws IOException {
        identity().deleteConnection(access, connection.getId());
        Exception ended = Simulator.refused(() -> API.getOrganisations(access, tenant));
        Simulator.check(kind(ended).equals("XeroForbiddenException"), kind(ended));
    }

    private static void revoke() throws IOException {
        int status = new ApiClient()
            .revoke(Simulator.CLIENT_ID, Simulator.CLIENT_SECRET, refresh).getStatusCode();
        Simulator.check(status == 200, "the token is revoked");
        Exception ended = Simulator.refused(() -> API.getOrganisations(access, tenant));
        Simulator.check(kind(ended).equals("XeroUnauthorizedException"), kind(ended));
    }
}
