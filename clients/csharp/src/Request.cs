using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

namespace OnshiClient
{
    /// <summary>What stands on an insurance card.</summary>
    public sealed class Person
    {
        /// <summary>保険者番号.</summary>
        public string Insurer { get; set; }

        /// <summary>記号; null if the card has none.</summary>
        public string Symbol { get; set; }

        /// <summary>番号.</summary>
        public string Number { get; set; }

        /// <summary>枝番; null if unknown.</summary>
        public string Branch { get; set; }

        /// <summary>yyyyMMdd.</summary>
        public string Born { get; set; }
    }

    /// <summary>A message id with the content of its request. Nothing here knows how it travels.</summary>
    public sealed class Request
    {
        /// <summary>MessageId of "no consent". The field's own codes aren't public; add yours if you know
        /// them.</summary>
        internal static readonly HashSet<string> NoConsent = new HashSet<string> { "YZKX0001E", "TKKX0001E" };

        private Request(string id, IEnumerable<XElement> header, IEnumerable<XElement> body)
        {
            Id = id;
            Header = header.ToList();
            Body = body.ToList();
        }

        /// <summary>Such as OQSsiquc01.</summary>
        public string Id { get; }

        /// <summary>MessageHeader.</summary>
        public IReadOnlyList<XElement> Header { get; }

        /// <summary>MessageBody.</summary>
        public IReadOnlyList<XElement> Body { get; }

        /// <summary>Today in Japan, yyyyMMdd.</summary>
        public static string Today()
        {
            return DateTime.UtcNow.AddHours(9).ToString("yyyyMMdd");
        }

        /// <summary>資格確認: is this person insured on the day? The identifier comes back unchanged.</summary>
        public static Request Qualification(
            string institution, Person person, string day = null, string identifier = null)
        {
            var header = Elements(
                "QualificationConfirmationDate", day ?? Today(),
                "MedicalInstitutionCode", institution,
                "ArbitraryFileIdentifier", identifier);
            return new Request("OQSsiquc01", header, new[] { Search(person) });
        }

        /// <summary>資格確認一括照会: the same for many, answered with a reception number.</summary>
        public static Request Bulk(string institution, IEnumerable<Person> persons, string day = null)
        {
            var header = Elements(
                "QualificationConfirmationDate", day ?? Today(), "MedicalInstitutionCode", institution);
            return new Request("OQSmuquc01", header, persons.Select(Search));
        }

        /// <summary>Fetches the result of a bulk job.</summary>
        public static Request Fetch(string institution, string reception)
        {
            var header = Elements("MedicalInstitutionCode", institution);
            return new Request("OQSmuquc02", header, Elements("ReceptionNumber", reception));
        }

        /// <summary>照会番号登録: the institution's own number for a person.</summary>
        public static Request ReferenceNumber(string institution, Person person, string number)
        {
            var info = Elements("ReferenceNumber", number).Concat(Card(person));
            var body = new XElement("ReferenceNumberRegistrationInfo", info);
            return new Request("OQSsiimm01", Elements("MedicalInstitutionCode", institution), new[] { body });
        }

        /// <summary>薬剤情報閲覧 from one month to another, yyyyMM, as XML or as PDF.</summary>
        public static Request Drugs(string institution, Person person, string first, string last, bool pdf)
        {
            var body = Elements(
                "StartDate", first, "EndDate", last, "FileCategory", pdf ? "1" : "2", "MedicalTreatmentFlag", "1");
            return new Request("YZKsiquc01", Viewing(institution, person), body);
        }

        /// <summary>特定健診情報閲覧, as XML or as PDF.</summary>
        public static Request Checkups(string institution, Person person, bool pdf)
        {
            return new Request("TKKsiquc01", Viewing(institution, person), Elements("FileCategory", pdf ? "1" : "2"));
        }

        private static XElement Search(Person person)
        {
            var more = Elements("Birthdate", person.Born, "LimitApplicationCertificateRelatedConsFlg", "0");
            return new XElement("QualificationConfirmSearchInfo", Card(person).Concat(more));
        }

        private static IEnumerable<XElement> Card(Person person)
        {
            return Elements(
                "InsurerNumber", person.Insurer,
                "InsuredCardSymbol", person.Symbol,
                "InsuredIdentificationNumber", person.Number,
                "InsuredBranchNumber", person.Branch);
        }

        /// <summary>The viewing messages call the same things by other names.</summary>
        private static IEnumerable<XElement> Viewing(string institution, Person person)
        {
            return Elements(
                "MedicalInstitutionCode", institution,
                "InsurerNumber", person.Insurer,
                "InsuranceCardSymbol", person.Symbol,
                "InsuredPersonIdentificationNumber", person.Number,
                "BranchNumber", person.Branch);
        }

        /// <summary>Names and texts in turn; without text an element is left out.</summary>
        private static IEnumerable<XElement> Elements(params string[] pairs)
        {
            return Enumerable.Range(0, pairs.Length / 2)
                .Where(pair => pairs[2 * pair + 1] != null)
                .Select(pair => new XElement(pairs[2 * pair], pairs[2 * pair + 1]));
        }
    }
}
