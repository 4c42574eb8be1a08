import com.intuit.ipp.core.IEntity;
import com.intuit.ipp.data.Account;
import com.intuit.ipp.data.AccountBasedExpenseLineDetail;
import com.intuit.ipp.data.AccountTypeEnum;
import com.intuit.ipp.data.Bill;
import com.intuit.ipp.data.BillPayment;
import com.intuit.ipp.data.BillPaymentCheck;
import com.intuit.ipp.data.BillPaymentTypeEnum;
import com.intuit.ipp.data.CreditMemo;
import com.intuit.ipp.data.Customer;
import com.intuit.ipp.data.Department;
import com.intuit.ipp.data.Employee;
import com.intuit.ipp.data.IntuitEntity;
import com.intuit.ipp.data.Invoice;
import com.intuit.ipp.data.Item;
import com.intuit.ipp.data.ItemTypeEnum;
import com.intuit.ipp.data.JournalEntry;
import com.intuit.ipp.data.JournalEntryLineDetail;
import com.intuit.ipp.data.Line;
import com.intuit.ipp.data.LineDetailTypeEnum;
import com.intuit.ipp.data.LinkedTxn;
import com.intuit.ipp.data.Payment;
import com.intuit.ipp.data.PaymentMethod;
import com.intuit.ipp.data.PhysicalAddress;
import com.intuit.ipp.data.PostingTypeEnum;
import com.intuit.ipp.data.ReferenceType;
import com.intuit.ipp.data.SalesItemLineDetail;
import com.intuit.ipp.data.SalesReceipt;
import com.intuit.ipp.data.SalesTransaction;
import com.intuit.ipp.data.Term;
import com.intuit.ipp.data.Vendor;
import com.intuit.ipp.exception.FMSException;
import com.intuit.ipp.services.DataService;
import java.math.BigDecimal;
import java.util.List;

/** One record of each entity that can be written: created, read, changed, listed, taken out. */
final class QboBooks {
    private final DataService books;
    private final Account bank;
    private final Account expenses;

    Customer customer;
    Invoice invoice;
    Payment payment;
    private Vendor vendor;
    private Item item;
    private SalesReceipt receipt;
    private CreditMemo credit;
    private Bill bill;
    private BillPayment billPayment;
    private JournalEntry journal;

    QboBooks(DataService books) throws FMSException {
        this.books = books;
        bank = account(AccountTypeEnum.BANK);
        expenses = account(AccountTypeEnum.EXPENSE);
    }

    private Account account(AccountTypeEnum type) throws FMSException {
        return books.findAll(new Account()).stream()
            .filter(one -> one.getAccountType() == type).findFirst().orElseThrow();
    }

    void writeLists() throws FMSException {
        customer = new Customer();
        customer.setDisplayName("H\u00e5kon");
        PhysicalAddress address = new PhysicalAddress();
        address.setLine1("1 Quay");
        customer.setBillAddr(address);
        customer = live(customer);
        vendor = new Vendor();
        vendor.setDisplayName("Nordic Steel");
        vendor = live(vendor);
        Employee employee = new Employee();
        employee.setGivenName("Mia");
        employee.setFamilyName("Lund");
        live(employee);
        Account fees = new Account();
        fees.setName("Fees");
        fees.setAccountType(AccountTypeEnum.INCOME);
        fees = live(fees);
        item = new Item();
        item.setName("Bracket");
        item.setType(ItemTypeEnum.SERVICE);
        item.setIncomeAccountRef(to(fees));
        item = live(item);
        com.intuit.ipp.data.Class north = new com.intuit.ipp.data.Class();
        north.setName("North");
        live(north);
        Department harbour = new Department();
        harbour.setName("Harbour");
        live(harbour);
        Term term = new Term();
        term.setName("Net 12");
        term.setDueDays(12);
        live(term);
        PaymentMethod wire = new PaymentMethod();
        wire.setName("Wire");
        live(wire);
    }

    void writeTransactions() throws FMSException {
        invoice = live(sale(new Invoice(), "100.30"));
        receipt = live(sale(new SalesReceipt(), "20"));
        credit = live(sale(new CreditMemo(), "5"));
        payment = new Payment();
        payment.setCustomerRef(to(customer));
        payment.setTotalAmt(new BigDecimal("130"));
        payment.setLine(List.of(paying(invoice, "Invoice", "50")));
        payment = live(payment);
        bill = new Bill();
        bill.setVendorRef(to(vendor));
        bill.setLine(List.of(expense("40")));
        bill = live(bill);
        billPayment = new BillPayment();
        billPayment.setVendorRef(to(vendor));
        billPayment.setPayType(BillPaymentTypeEnum.CHECK);
        BillPaymentCheck check = new BillPaymentCheck();
        check.setBankAccountRef(to(bank));
        billPayment.setCheckPayment(check);
        billPayment.setTotalAmt(new BigDecimal("15"));
        billPayment.setLine(List.of(paying(bill, "Bill", "15")));
        billPayment = live(billPayment);
        journal = new JournalEntry();
        journal.setLine(List.of(
            posting(PostingTypeEnum.DEBIT, expenses), posting(PostingTypeEnum.CREDIT, bank)));
        journal = live(journal);
    }

    void send() throws FMSException {
        for (IntuitEntity one : List.of(invoice, receipt, credit)) {
            books.sendEmail(one, "mia@example.com");
        }
    }

    /** Voids what can be voided and deletes all, what pays before what is paid. */
    void takeOut() throws FMSException {
        for (IntuitEntity one : List.of(payment, billPayment, invoice, receipt, credit)) {
            books.voidRequest(books.findById(one));
            Simulator.check(total(books.findById(one)).signum() == 0, "a void leaves nothing");
        }
        for (IntuitEntity one : List.of(
                payment, billPayment, invoice, receipt, credit, bill, journal)) {
            books.delete(books.findById(one));
            String gone = Simulator.refused(() -> books.findById(one)).getMessage();
            Simulator.check(gone.contains("ERROR CODE:610"), gone);
        }
    }

    /** Creates a record, reads it, changes it and finds it among all. */
    private <T extends IntuitEntity> T live(T fields) throws FMSException {
        T read = books.findById(books.add(fields));
        T changed = books.update(read);
        String what = changed.getClass().getSimpleName();
        Simulator.check(changed.getSyncToken().equals("1"), what + " is changed");
        Simulator.check(books.findAll(changed).stream()
            .anyMatch(one -> one.getId().equals(read.getId())), what + " is listed");
        return books.findById(changed);
    }

    private <T extends SalesTransaction> T sale(T sale, String amount) {
        SalesItemLineDetail detail = new SalesItemLineDetail();
        detail.setItemRef(to(item));
        Line line = line(LineDetailTypeEnum.SALES_ITEM_LINE_DETAIL, amount);
        line.setSalesItemLineDetail(detail);
        sale.setCustomerRef(to(customer));
        sale.setLine(List.of(line));
        return sale;
    }

    private Line expense(String amount) {
        AccountBasedExpenseLineDetail detail = new AccountBasedExpenseLineDetail();
        detail.setAccountRef(to(expenses));
        Line line = line(LineDetailTypeEnum.ACCOUNT_BASED_EXPENSE_LINE_DETAIL, amount);
        line.setAccountBasedExpenseLineDetail(detail);
        return line;
    }

    private Line posting(PostingTypeEnum side, Account account) {
        JournalEntryLineDetail detail = new JournalEntryLineDetail();
        detail.setPostingType(side);
        detail.setAccountRef(to(account));
        Line line = line(LineDetailTypeEnum.JOURNAL_ENTRY_LINE_DETAIL, "7");
        line.setJournalEntryLineDetail(detail);
        return line;
    }

    private static Line line(LineDetailTypeEnum type, String amount) {
        Line line = new Line();
        line.setAmount(new BigDecimal(amount));
        line.setDetailType(type);
        return line;
    }

    private static Line paying(IntuitEntity paid, String type, String amount) {
        LinkedTxn link = new LinkedTxn();
        link.setTxnId(paid.getId());
        link.setTxnType(type);
        Line line = new Line();
        line.setAmount(new BigDecimal(amount));
        line.setLinkedTxn(List.of(link));
        return line;
    }

    private static ReferenceType to(IntuitEntity entity) {
        ReferenceType reference = new ReferenceType();
        reference.setValue(entity.getId());
        return reference;
    }

    private static BigDecimal total(IEntity voided) {
        if (voided instanceof Payment) return ((Payment) voided).getTotalAmt();
        if (voided instanceof BillPayment) return ((BillPayment) voided).getTotalAmt();
        return ((SalesTransaction) voided).getTotalAmt();
    }
}
