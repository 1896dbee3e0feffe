# Plays every behaviour against the service that the environment names, and prints a line of JSON for each. The list
# and the ground are described in tests/tests/clients of the repository.
. "$(dirname "$0")/../onshi.sh"

service=$ONSHI_SERVICE
institution=$ONSHI_INSTITUTION
certificate=$ONSHI_HOME/certificate.pem
key=$ONSHI_HOME/key.pem
ca=$ONSHI_HOME/ca.pem
exchange=$ONSHI_EXCHANGE
first=${ONSHI_MONTHS%-*}
last=${ONSHI_MONTHS#*-}

taro="06139992 １２３ ４５６ 00"
hanako="06139992 １２３ １００１ 01"
found=MessageBody/ResultList/ResultOfQualificationConfirmation

# Cards hold no blanks: they are told as words.
# shellcheck disable=SC2086
finds_taro() {
    answer=$(onshi_qualification $taro 19800101) &&
        same "$(printf '%s\n' "$answer" | onshi_at MessageBody/QualificationValidity)" 1 &&
        same "$(printf '%s\n' "$answer" | onshi_at $found/Name)" "見本　太郎"
}

same() {
    test "$1" = "$2" || { echo "expected $2, got $1" >&2; return 1; }
}

# fails STATUS TEXT COMMAND…: the command ends with the status and says the text.
fails() {
    expected=$1 text=$2
    shift 2
    told=$("$@" 2>&1 >/dev/null)
    same $? "$expected" && case $told in *"$text"*) ;; *) echo "expected $text in: $told" >&2; return 1 ;; esac
}

pem() { finds_taro; }
pkcs12() { certificate='' pkcs12=$ONSHI_HOME/terminal.p12 password=onshi-mock; finds_taro; }
shift_jis() {
    service=$ONSHI_SERVICE_SJIS encoding=Shift_JIS
    finds_taro && same "$(printf '%s\n' "$answer" | onshi_at MessageHeader/CharacterCodeIdentifier)" 1
}
vectors() {
    for file in "$ONSHI_VECTORS"/*.xml; do
        onshi_send OQSsiquc01 <"$file" >"$folder/answer" && holds || return
    done
}
answers() {
    for file in "$ONSHI_ANSWERS"/*.xml; do
        cp "$file" "$folder/answer" && holds || return
    done
}
# The answer holds what is expected beside the file.
holds() {
    onshi_judged "$folder/answer" >"$folder/text" || return
    while IFS='=' read -r path expected; do
        same "$file $(onshi_at "$path" <"$folder/text")" "$file $expected" || return
    done <"${file%xml}expected"
}
folders() {
    identifier=shell
    # shellcheck disable=SC2086
    answer=$(onshi_document "$(onshi_on "")" "$(onshi_search $taro 19800101)" | onshi_exchange OQSsiquc01 shell_1) &&
        same "$(printf '%s\n' "$answer" | onshi_at MessageBody/QualificationValidity)" 1 &&
        same "$(printf '%s\n' "$answer" | onshi_at MessageHeader/ArbitraryFileIdentifier)" shell
}
odd_file() { echo "<XmlMsg>" | onshi_exchange OQSsiquc01 shell_2; }
folders_refused() { fails $ONSHI_BAD_REQUEST X913 odd_file; }
# shellcheck disable=SC2086
bulk() {
    reception=$(onshi_submit "$(onshi_search $taro 19800101)$(onshi_search $hanako 19820202)") &&
        answer=$(onshi_fetch "$reception" 60) &&
        same "$(printf '%s\n' "$answer" | grep -o '<QualificationValidity>1<' | wc -l | tr -d ' ')" 2
}
# shellcheck disable=SC2086
not_ready() {
    reception=$(onshi_submit "$(onshi_search $taro 19800101)") &&
        fails $ONSHI_NOT_READY "$reception" onshi_fetch "$reception"
}
# shellcheck disable=SC2086
reference_number() {
    onshi_reference_number $taro 0000000042 >"$folder/answer" && finds_taro &&
        same "$(printf '%s\n' "$answer" | onshi_at $found/ReferenceNumber)" 0000000042
}
# shellcheck disable=SC2086
drugs() { onshi_drugs $taro "$first" "$last" | grep -q '<MeTrMonthInf>'; }
# shellcheck disable=SC2086
drugs_pdf() { same "$(onshi_drugs $taro "$first" "$last" 1 | head -c 5)" %PDF-; }
# shellcheck disable=SC2086
checkups() { onshi_checkups $taro | grep -q '<SpecificHealthCheckupInfo>' && same "$(onshi_checkups $taro 1 | head -c 5)" %PDF-; }
# shellcheck disable=SC2086
no_consent() {
    fails $ONSHI_NO_CONSENT YZKX0001E onshi_drugs $hanako "$first" "$last" &&
        fails $ONSHI_NO_CONSENT TKKX0001E onshi_checkups $hanako 1
}
# shellcheck disable=SC2086
web_api() {
    token=$(onshi_login "$ONSHI_USER" "$ONSHI_PASSWORD") &&
        onshi_web_search "$token" $taro 19800101 | grep -q '"QualificationValidity": *"1"'
}
web_api_refused() { fails $ONSHI_LOGIN_REFUSED W103 onshi_login "$ONSHI_USER" wrong; }
line_refused() { service=$ONSHI_UNREGISTERED; fails $ONSHI_LINE_REFUSED G102 finds_taro; }
certificate_refused() { certificate=''; fails $ONSHI_CERTIFICATE_REFUSED C101 finds_taro; }
handshake_refused() { certificate='' service=$ONSHI_STRICT; fails $ONSHI_CERTIFICATE_REFUSED alert finds_taro; }
odd_message() { echo "<XmlMsg>" | onshi_send OQSsiquc01; }
bad_request() { fails $ONSHI_BAD_REQUEST X913 odd_message; }
rejected() { institution=1349999910; fails $ONSHI_REJECTED OQSX9005E finds_taro; }
service_down() { service=$ONSHI_DOWN; fails $ONSHI_SERVICE_DOWN "attempts: 3" finds_taro; }
service_back() { service=$ONSHI_FLAKY; finds_taro; }
busy() {
    answer=$(onshi_qualification 31139991 国見１ １００４ 00 19850808) &&
        same "$(printf '%s\n' "$answer" | onshi_at MessageBody/QualificationValidity)" 1
}
time_out() { service=$ONSHI_SILENT timeout=0.5; fails $ONSHI_TIMED_OUT "" finds_taro; }
untrusted() { ca=$ONSHI_HOME/other-ca.pem; fails $ONSHI_UNTRUSTED "" finds_taro; }
real_service() {
    for service in https://hweb.oqs.onshikaku.org https://HWEB.OQS-ST.ONSHIKAKU.ORG.:8443/ http://localhost; do
        fails $ONSHI_SETTING "" finds_taro || return
    done
}

folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
for behaviour in pem pkcs12 shift-jis vectors answers folders folders-refused bulk not-ready reference-number drugs drugs-pdf \
    checkups no-consent web-api web-api-refused line-refused certificate-refused handshake-refused bad-request rejected \
    service-down service-back busy time-out untrusted real-service; do
    # In a shell of its own, whose settings it may change.
    if (trap - EXIT; "$(echo $behaviour | tr - _)") 2>"$folder/told"; then
        echo "{\"behaviour\":\"$behaviour\",\"outcome\":\"passed\"}"
    else
        cat "$folder/told" >&2
        printf '{"behaviour":"%s","outcome":"failed","detail":"%s"}\n' $behaviour "$(tr -d '"\\[:cntrl:]' <"$folder/told")"
    fi
done

# The parts for tests are there for other languages.
for behaviour in test-world test-container test-scenario test-clock test-verify test-reset; do
    echo "{\"behaviour\":\"$behaviour\",\"outcome\":\"not-offered\"}"
done
