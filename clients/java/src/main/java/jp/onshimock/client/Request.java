package jp.onshimock.client;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A message id with the content of its request. Nothing here knows how it travels.
 *
 * @param id such as {@code OQSsiquc01}
 */
public record Request(String id, List<Item> header, List<Item> body) {
    /** {@code MessageId} of "no consent". The field's own codes aren't public; put yours here if you know them. */
    static final Set<String> NO_CONSENT = Set.of("YZKX0001E", "TKKX0001E");

    /** An element: its name, and its text or what stands in it. With neither it is left out. */
    public record Item(String name, String text, List<Item> items) {
        public Item(String name, String text) {
            this(name, text, null);
        }

        public Item(String name, List<Item> items) {
            this(name, null, items);
        }
    }

    /** Today in Japan, yyyyMMdd. */
    public static String today() {
        return LocalDate.now(ZoneOffset.ofHours(9)).format(DateTimeFormatter.BASIC_ISO_DATE);
    }

    /** 資格確認: is this person insured on the day? {@code identifier} may be null. */
    public static Request qualification(String institution, Person person, String day, String identifier) {
        return new Request("OQSsiquc01", on(day, institution, identifier), List.of(search(person)));
    }

    /** 資格確認一括照会: the same for many, answered with a reception number. */
    public static Request bulk(String institution, List<Person> persons, String day) {
        return new Request("OQSmuquc01", on(day, institution, null), persons.stream().map(Request::search).toList());
    }

    /** Fetches the result of a bulk job. */
    public static Request fetch(String institution, String reception) {
        var header = List.of(new Item("MedicalInstitutionCode", institution));
        return new Request("OQSmuquc02", header, List.of(new Item("ReceptionNumber", reception)));
    }

    /** 照会番号登録: the institution's own number for a person. */
    public static Request referenceNumber(String institution, Person person, String number) {
        var info = new ArrayList<Item>();
        info.add(new Item("ReferenceNumber", number));
        info.addAll(card(person));
        var header = List.of(new Item("MedicalInstitutionCode", institution));
        return new Request("OQSsiimm01", header, List.of(new Item("ReferenceNumberRegistrationInfo", info)));
    }

    /** 薬剤情報閲覧 from one month to another, yyyyMM, as XML or as PDF. */
    public static Request drugs(String institution, Person person, String first, String last, boolean pdf) {
        var body = List.of(
                new Item("StartDate", first),
                new Item("EndDate", last),
                new Item("FileCategory", pdf ? "1" : "2"),
                new Item("MedicalTreatmentFlag", "1"));
        return new Request("YZKsiquc01", viewing(institution, person), body);
    }

    /** 特定健診情報閲覧, as XML or as PDF. */
    public static Request checkups(String institution, Person person, boolean pdf) {
        var body = List.of(new Item("FileCategory", pdf ? "1" : "2"));
        return new Request("TKKsiquc01", viewing(institution, person), body);
    }

    private static List<Item> on(String day, String institution, String identifier) {
        return List.of(
                new Item("QualificationConfirmationDate", day),
                new Item("MedicalInstitutionCode", institution),
                new Item("ArbitraryFileIdentifier", identifier));
    }

    private static Item search(Person person) {
        var info = new ArrayList<Item>(card(person));
        info.add(new Item("Birthdate", person.born()));
        info.add(new Item("LimitApplicationCertificateRelatedConsFlg", "0"));
        return new Item("QualificationConfirmSearchInfo", info);
    }

    private static List<Item> card(Person person) {
        return List.of(
                new Item("InsurerNumber", person.insurer()),
                new Item("InsuredCardSymbol", person.symbol()),
                new Item("InsuredIdentificationNumber", person.number()),
                new Item("InsuredBranchNumber", person.branch()));
    }

    /** The viewing messages call the same things by other names. */
    private static List<Item> viewing(String institution, Person person) {
        return List.of(
                new Item("MedicalInstitutionCode", institution),
                new Item("InsurerNumber", person.insurer()),
                new Item("InsuranceCardSymbol", person.symbol()),
                new Item("InsuredPersonIdentificationNumber", person.number()),
                new Item("BranchNumber", person.branch()));
    }
}
