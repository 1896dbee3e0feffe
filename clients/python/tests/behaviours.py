"""Plays every behaviour against the service that the environment names, and prints a line of JSON for each.

The list and the ground are described in tests/tests/clients of the repository.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import onshi_client as onshi
from onshi_client import testing
from onshi_client.requests import qualification

HOME = Path(os.environ["ONSHI_HOME"])
EXCHANGE = os.environ["ONSHI_EXCHANGE"]
VECTORS = Path(os.environ["ONSHI_VECTORS"])
INSTITUTION = os.environ["ONSHI_INSTITUTION"]
MONTHS = os.environ["ONSHI_MONTHS"].split("-")

TARO = onshi.Person(insurer="06139992", symbol="１２３", number="４５６", branch="00", born="19800101")
HANAKO = onshi.Person(insurer="06139992", symbol="１２３", number="１００１", branch="01", born="19820202")

PEM = onshi.Identity.from_pem(HOME / "certificate.pem", HOME / "key.pem")
VALIDITY = "MessageBody/QualificationValidity"
NAME = "MessageBody/ResultList/ResultOfQualificationConfirmation/Name"


def client(service: str = "ONSHI_SERVICE", **changes: object) -> onshi.Client:
    settings = {"identity": PEM, "ca": HOME / "ca.pem", "institution": INSTITUTION, **changes}
    return onshi.Client(os.environ[service], **settings)  # type: ignore[arg-type]


def same(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"expected {expected!r}, got {found!r}")


def raises(kind: type[onshi.OnshiError], action: Callable[[], object]) -> onshi.OnshiError:
    try:
        action()
    except kind as error:
        same(type(error), kind)
        return error
    raise AssertionError(f"expected {kind.__name__}")


def finds_taro(asking: onshi.Client) -> None:
    answer = asking.qualification(TARO)
    same((answer.text(VALIDITY), answer.text(NAME)), ("1", "見本　太郎"))


def pem() -> None:
    finds_taro(client())


def pkcs12() -> None:
    finds_taro(client(identity=onshi.Identity.from_pkcs12(HOME / "terminal.p12", "onshi-mock")))


def shift_jis() -> None:
    asking = client("ONSHI_SERVICE_SJIS", encoding="Shift_JIS")
    finds_taro(asking)
    same(asking.qualification(TARO).text("MessageHeader/CharacterCodeIdentifier"), "1")


def vectors() -> None:
    for file in files(VECTORS):
        holds(file, client().send("OQSsiquc01", file.read_bytes()).body)


def answers() -> None:
    for file in files(Path(os.environ["ONSHI_ANSWERS"])):
        holds(file, file.read_bytes())


def files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.xml"))
    assert found, f"there are files in {folder}"
    return found


def holds(file: Path, data: bytes) -> None:
    """The answer holds what is expected beside the file."""
    answer = onshi.Document.decode(data)
    for line in file.with_suffix(".expected").read_text("utf-8").splitlines():
        path, expected = line.split("=", 1)
        same((file.name, path, answer.text(path)), (file.name, path, expected))


def folders() -> None:
    answer = onshi.Folders(EXCHANGE).ask(qualification(INSTITUTION, TARO, identifier="python"), "python_1")
    same(answer.text(VALIDITY), "1")
    same(answer.text("MessageHeader/ArbitraryFileIdentifier"), "python")


def folders_refused() -> None:
    asking = onshi.Folders(EXCHANGE)
    raises(onshi.BadRequest, lambda: asking.exchange("OQSsiquc01", "python_2", b"<XmlMsg>"))


def bulk() -> None:
    asking = client()
    answer = asking.fetch(asking.submit([TARO, HANAKO]), patience=60, poll=0.2)
    units = answer.all("MessageBody/BulkConfirmUnit")
    same([unit.text("QualificationValidity") for unit in units], ["1", "1"])


def not_ready() -> None:
    asking = client()
    reception = asking.submit([TARO])
    error = raises(onshi.NotReady, lambda: asking.fetch(reception))
    same(error.reception, reception)  # type: ignore[attr-defined]


def reference_number() -> None:
    asking = client()
    asking.register_reference_number(TARO, "0000000042")
    reference = NAME.replace("/Name", "/ReferenceNumber")
    same(asking.qualification(TARO).text(reference), "0000000042")


def drugs() -> None:
    answer = client().drugs(TARO, *MONTHS)
    assert answer.all("MessageBody/MeTrMonthInf"), "there are months"


def drugs_pdf() -> None:
    same(client().drugs_pdf(TARO, *MONTHS)[:5], b"%PDF-")


def checkups() -> None:
    assert client().checkups(TARO).all("MessageBody/SpecificHealthCheckupInfo"), "there are check-ups"
    same(client().checkups_pdf(TARO)[:5], b"%PDF-")


def no_consent() -> None:
    raises(onshi.NoConsent, lambda: client().drugs(HANAKO, *MONTHS))
    raises(onshi.NoConsent, lambda: client().checkups_pdf(HANAKO))


def web_api() -> None:
    session = onshi.WebApi(client(), os.environ["ONSHI_USER"], os.environ["ONSHI_PASSWORD"])
    same(session.search(TARO)["MessageBody"]["QualificationValidity"], "1")


def web_api_refused() -> None:
    raises(onshi.LoginRefused, lambda: onshi.WebApi(client(), os.environ["ONSHI_USER"], "wrong"))


def line_refused() -> None:
    same(raises(onshi.LineRefused, lambda: client("ONSHI_UNREGISTERED").qualification(TARO)).label, "G102")


def certificate_refused() -> None:
    same(raises(onshi.CertificateRefused, lambda: client(identity=None).qualification(TARO)).label, "C101")


def handshake_refused() -> None:
    raises(onshi.CertificateRefused, lambda: client("ONSHI_STRICT", identity=None).qualification(TARO))


def bad_request() -> None:
    same(raises(onshi.BadRequest, lambda: client().send("OQSsiquc01", b"<XmlMsg>")).label, "X913")


def rejected() -> None:
    error = raises(onshi.Rejected, lambda: client(institution="1349999910").qualification(TARO))
    same(error.code, "OQSX9005E")  # type: ignore[attr-defined]


def service_down() -> None:
    error = raises(onshi.ServiceDown, lambda: client("ONSHI_DOWN", pause=0.05).qualification(TARO))
    same(error.attempts, 3)  # type: ignore[attr-defined]


def service_back() -> None:
    finds_taro(client("ONSHI_FLAKY", pause=0.05))


def busy() -> None:
    shiro = onshi.Person(insurer="31139991", symbol="国見１", number="１００４", branch="00", born="19850808")
    same(client(pause=0.05).qualification(shiro).text(VALIDITY), "1")


def time_out() -> None:
    raises(onshi.TimedOut, lambda: client("ONSHI_SILENT", timeout=0.5).qualification(TARO))


def untrusted() -> None:
    raises(onshi.Untrusted, lambda: client(ca=HOME / "other-ca.pem").qualification(TARO))


def real_service() -> None:
    for address in ["https://hweb.oqs.onshikaku.org", "https://HWEB.OQS-ST.ONSHIKAKU.ORG.:8443/", "http://localhost"]:
        try:
            onshi.Client(address, INSTITUTION, PEM, HOME / "ca.pem")
        except ValueError:
            continue
        raise AssertionError(f"{address} was taken")


SCENARIO = """
pack: sora
about: {ja: 見本, en: Sample}
patients:
  - card: sora
    title: {ja: 見本, en: Sample}
    name: 見本　空
    kana: ﾐﾎﾝ ｿﾗ
    sex: "1"
    born: 1990-01-01
    insurance:
      - {insurer: "06139992", insurer-name: 見本健康保険組合, symbol: ９９, number: ７７７, branch: "00", relation: "1", from: 2020-04-01}
    expect: {validity: "1"}
"""
SORA = onshi.Person(insurer="06139992", symbol="９９", number="７７７", branch="00", born="19900101")


def fails(action: Callable[[], object]) -> None:
    try:
        action()
    except AssertionError:
        return
    raise RuntimeError("this should have failed")


def test_world() -> None:
    with testing.OnshiMock.start() as mock, mock.world() as one, mock.world() as other:
        finds_taro(one.client())
        user, password = one.accounts["web-api"]
        onshi.WebApi(one.client(), user, password)
        raises(onshi.CertificateRefused, lambda: one.client(identity=None).qualification(TARO))
        same(other.exchanges(), [])
        name = other.name
        with testing.OnshiMock.connect(mock.admin).world() as third:
            finds_taro(third.client())
            same(len({one.name, name, third.name}), 3)


def test_container() -> None:
    with testing.OnshiMock.start() as mock, mock.world() as known:
        outside = {8080: mock.admin, 8443: known.service}

        class Started:
            def get_container_host_ip(self) -> str:
                return "localhost"

            def get_exposed_port(self, port: int) -> str:
                return outside[port].rpartition(":")[2]

        with testing.OnshiMock.of_container(Started()).world() as world:
            assert world.service.startswith("https://localhost:")
            finds_taro(world.client())


def test_scenario() -> None:
    with testing.OnshiMock.start() as mock, mock.world() as world:
        same(world.client().qualification(SORA).text(VALIDITY), "4")
        world.load_scenario("sora", SCENARIO)
        same(world.client().qualification(SORA).text(VALIDITY), "1")


def test_clock() -> None:
    with testing.OnshiMock.start() as mock, mock.world(clock={"frozen": "2027-04-01T09:00:00+09:00"}) as world:
        finds_taro(world.client())
        # Four years: a certificate lasts three years and three months.
        world.advance("35064h")
        raises(onshi.CertificateRefused, lambda: world.client().qualification(TARO))


def test_verify() -> None:
    with testing.OnshiMock.start() as mock, mock.world() as world:
        finds_taro(world.client())
        taro = {"message": "OQSsiquc01", "card": "employee-valid"}
        same(world.wait_for(taro)[0]["card"], "employee-valid")
        world.verify(exactly={"count": 1, "match": taro})
        world.verify(never={"match": {"message": "YZKsiquc01"}})
        fails(lambda: world.verify(never={"match": taro}))
        fails(lambda: world.wait_for(taro, count=2, timeout=0.1))


def test_reset() -> None:
    with testing.OnshiMock.start() as mock:
        with mock.world() as world:
            asking = world.client()
            asking.register_reference_number(TARO, "0000000042")
            world.reset()
            same(asking.qualification(TARO).text(NAME.replace("/Name", "/ReferenceNumber")), None)
        raises(onshi.CertificateRefused, lambda: asking.qualification(TARO))


BEHAVIOURS: dict[str, Callable[[], None]] = {
    "pem": pem,
    "pkcs12": pkcs12,
    "shift-jis": shift_jis,
    "vectors": vectors,
    "answers": answers,
    "folders": folders,
    "folders-refused": folders_refused,
    "bulk": bulk,
    "not-ready": not_ready,
    "reference-number": reference_number,
    "drugs": drugs,
    "drugs-pdf": drugs_pdf,
    "checkups": checkups,
    "no-consent": no_consent,
    "web-api": web_api,
    "web-api-refused": web_api_refused,
    "line-refused": line_refused,
    "certificate-refused": certificate_refused,
    "handshake-refused": handshake_refused,
    "bad-request": bad_request,
    "rejected": rejected,
    "service-down": service_down,
    "service-back": service_back,
    "busy": busy,
    "time-out": time_out,
    "untrusted": untrusted,
    "real-service": real_service,
    "test-world": test_world,
    "test-container": test_container,
    "test-scenario": test_scenario,
    "test-clock": test_clock,
    "test-verify": test_verify,
    "test-reset": test_reset,
}

for name, play in BEHAVIOURS.items():
    result = {"behaviour": name, "outcome": "passed"}
    try:
        play()
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        result = {"behaviour": name, "outcome": "failed", "detail": f"{type(error).__name__}: {error}"}
    print(json.dumps(result, ensure_ascii=False), flush=True)
