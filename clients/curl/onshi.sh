# Reference client of the online qualification confirmation system (オンライン資格確認) for shells, with curl and awk.
#
# Source it, set the variables, call the functions:
#
#   service       for example https://localhost:8443
#   institution   医療機関コード, the one of the certificate
#   ca            the only authority that is trusted, a PEM file
#   certificate   PEM with its chain, and key: PEM; or pkcs12 and password; none of them presents no certificate
#   encoding      of requests: UTF-8 (default) or Shift_JIS; answers are read as they declare themselves
#   timeout       seconds for one attempt (30); attempts (3); pause: seconds after the first failure (1)
#   exchange      the folder with req and res, for onshi_exchange; patience: seconds that an answer is waited for (180)
#
# Results go to stdout as UTF-8, explanations to stderr. The status says what to do:
ONSHI_SETTING=2           # a setting can't be used, such as an address of the real service
ONSHI_LINE_REFUSED=10     # 回線認証: mend the registration of the line; asking again is useless
ONSHI_CERTIFICATE_REFUSED=11 # 端末認証: install or renew the certificate
ONSHI_BAD_REQUEST=12      # a mistake of the program: never ask again unchanged
ONSHI_LOGIN_REFUSED=13    # the Web API: log in, with another account if need be
ONSHI_REJECTED=14         # the service read the request and says no, with the field's code
ONSHI_NO_CONSENT=15       # ask the patient at the card reader
ONSHI_NOT_READY=16        # keep the reception number and fetch later
ONSHI_UNTRUSTED=17        # the server is from another authority: never go on
ONSHI_SERVICE_DOWN=18     # after all attempts: tell the user, and ask again in some minutes
ONSHI_TIMED_OUT=19        # it may have been carried out: ask again under the same key only

# --- Questions -----------------------------------------------------------------------------------------------------

# onshi_qualification INSURER SYMBOL NUMBER BRANCH BORN [DAY]: 資格確認. Empty texts are left out.
onshi_qualification() {
    onshi_ask OQSsiquc01 "$(onshi_on "${6:-}")" "$(onshi_search "$@")"
}

# onshi_reference_number INSURER SYMBOL NUMBER BRANCH REFERENCE: 照会番号登録.
onshi_reference_number() {
    onshi_ask OQSsiimm01 "$(onshi_element MedicalInstitutionCode "$institution")" \
        "<ReferenceNumberRegistrationInfo>$(onshi_element ReferenceNumber "$5")$(onshi_card "$1" "$2" "$3" "$4"
        )</ReferenceNumberRegistrationInfo>"
}

# onshi_drugs INSURER SYMBOL NUMBER BRANCH FIRST LAST [CATEGORY]: 薬剤情報 of the months; category 2 is XML, 1 PDF.
onshi_drugs() {
    onshi_ask YZKsiquc01 "$(onshi_viewing "$@")" "$(
        onshi_element StartDate "$5"
        onshi_element EndDate "$6"
        onshi_element FileCategory "${7:-2}"
        onshi_element MedicalTreatmentFlag 1
    )"
}

# onshi_checkups INSURER SYMBOL NUMBER BRANCH [CATEGORY]: 特定健診情報.
onshi_checkups() {
    onshi_ask TKKsiquc01 "$(onshi_viewing "$@")" "$(onshi_element FileCategory "${5:-2}")"
}

# onshi_submit SEARCH…: begins a bulk job for what onshi_search wrote, and gives its reception number.
onshi_submit() {
    onshi_ask OQSmuquc01 "$(onshi_on "")" "$*" | onshi_at MessageBody/ReceptionNumber
}

# onshi_fetch RECEPTION [PATIENCE]: the result of a bulk job; asks each second for so many seconds.
onshi_fetch() (
    end=$(($(date +%s) + ${2:-0}))
    while
        answer=$(onshi_ask OQSmuquc02 "$(onshi_element MedicalInstitutionCode "$institution")" \
            "$(onshi_element ReceptionNumber "$1")") || exit
        test "$(printf '%s\n' "$answer" | onshi_at MessageHeader/SegmentOfResult)" = 2
    do
        test "$(date +%s)" -lt "$end" || onshi_fail $ONSHI_NOT_READY "the job $1 is not ready"
        sleep 1
    done
    printf '%s\n' "$answer"
)

# onshi_login USER PASSWORD: logs in to the Web API and gives the id token.
onshi_login() (
    # The names of the two members aren't public; these are onshi-mock's.
    body=$(printf '{"userId":"%s","password":"%s"}' "$(onshi_json "$1")" "$(onshi_json "$2")")
    answer=$(printf '%s\n' "$body" | onshi_post /oqs-api-pro/MSA12020/ILI12020SV01/auth "$onshi_json_type") || exit
    printf '%s\n' "$answer" | sed -n 's/.*"idToken" *: *"\([^"]*\)".*/\1/p'
)

# onshi_web_search TOKEN INSURER SYMBOL NUMBER BRANCH BORN [DAY]: 資格確認 as JSON.
onshi_web_search() (
    token=$1
    shift
    header=$(onshi_members QualificationConfirmationDate "${6:-$(onshi_today)}" MedicalInstitutionCode "$institution")
    info=$(onshi_members InsurerNumber "$1" InsuredCardSymbol "$2" InsuredIdentificationNumber "$3" \
        InsuredBranchNumber "$4" Birthdate "$5" LimitApplicationCertificateRelatedConsFlg 0)
    # The id token stands as it is, without "Bearer".
    printf '{"XmlMsg":{"MessageHeader":%s,"MessageBody":{"QualificationConfirmSearchInfo":%s}}}' "$header" "$info" |
        onshi_post /oqs-api-pro/MSA01030/ILI01030SV01/search "$onshi_json_type" "Authorization: $token"
)

# --- Over HTTPS ----------------------------------------------------------------------------------------------------

# onshi_ask MESSAGE HEADER BODY: sends a request and judges its result. XML comes out as UTF-8, a PDF as it is.
onshi_ask() (
    folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
    onshi_document "$2" "$3" >"$folder/request" || exit
    onshi_send "$1" <"$folder/request" >"$folder/answer" || exit
    case $(head -c 5 "$folder/answer") in
        %PDF-) cat "$folder/answer" ;;
        *) onshi_judged "$folder/answer" ;;
    esac
)

# onshi_send MESSAGE: sends the request on stdin as it is. Each attempt carries the same key, so that none begins a
# second job.
onshi_send() {
    onshi_post "/oqs/$1" "Content-Type: application/xml" "Idempotency-Key: $(openssl rand -hex 16)"
}

# onshi_post PATH HEADER…: posts stdin, again and again while the service is down.
onshi_post() (
    onshi_check_service
    path=$1 pause=${pause:-1} attempt=1
    shift
    folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
    cat >"$folder/body"
    for header in "$@"; do printf 'header = "%s"\n' "$header"; done >"$folder/config"
    # In a file that only this user can read, as command lines are seen by everybody.
    if test -n "${pkcs12:-}"; then
        printf 'cert-type = "P12"\ncert = "%s:%s"\n' "$pkcs12" "$password" >>"$folder/config"
    elif test -n "${certificate:-}"; then
        printf 'cert = "%s"\nkey = "%s"\n' "$certificate" "$key" >>"$folder/config"
    fi
    until onshi_once; do
        status=$?
        test $status = $ONSHI_SERVICE_DOWN || exit $status
        test $attempt -lt "${attempts:-3}" || onshi_fail $status "the service is down (attempts: $attempt): $(cat "$folder/error")"
        sleep "$pause"
        pause=$((pause * 2)) attempt=$((attempt + 1))
    done
    cat "$folder/answer"
)

# One attempt: curl's status and the service's become ours.
onshi_once() {
    code=$(curl --silent --show-error --noproxy '*' --max-time "${timeout:-30}" --tlsv1.2 --cacert "$ca" \
        --config "$folder/config" --data-binary "@$folder/body" --output "$folder/answer" --write-out '%{http_code}' \
        "${service%/}$path" 2>"$folder/error")
    case $? in
        0) ;;
        28) onshi_fail $ONSHI_TIMED_OUT "$(cat "$folder/error")" ;;
        60) onshi_fail $ONSHI_UNTRUSTED "$(cat "$folder/error")" ;;
        58) onshi_fail $ONSHI_SETTING "$(cat "$folder/error")" ;;
        *)
            # An alert is the gate of a service that doesn't explain itself.
            if grep -q ' alert ' "$folder/error"; then onshi_fail $ONSHI_CERTIFICATE_REFUSED "$(cat "$folder/error")"; fi
            return $ONSHI_SERVICE_DOWN
            ;;
    esac
    case $code in
        200) ;;
        5?? | 408 | 429)
            echo "HTTP $code" >"$folder/error"
            return $ONSHI_SERVICE_DOWN
            ;;
        *) onshi_refused "$code" "$folder/answer" ;;
    esac
}

# The real service and its networks. A test client never calls them.
onshi_check_service() {
    case $service in https://?*) ;; *) onshi_fail $ONSHI_SETTING "$service: expected for example https://localhost:8443" ;; esac
    host=${service#https://}
    host=${host%%[/:?#]*}
    host=$(echo "${host%.}" | tr '[:upper:]' '[:lower:]')
    for domain in onshikaku.org oqs-pdl.org flets-east.jp flets-west.jp lineauth.mnw managedpki.ne.jp; do
        case $host in
            "$domain" | *."$domain") onshi_fail $ONSHI_SETTING "$host belongs to the real service, which is never called" ;;
        esac
    done
}

# --- Over the folders ----------------------------------------------------------------------------------------------

# onshi_exchange MESSAGE NAME: writes the request on stdin, waits for its answer, and takes it away. After
# ONSHI_TIMED_OUT don't write it again: the answer may still come, under the same name.
onshi_exchange() (
    # Under another name first, so that nobody takes half a file.
    cat >"$exchange/req/.$2.tmp"
    mv "$exchange/req/.$2.tmp" "$exchange/req/$1req_$2.xml"
    end=$(($(date +%s) + ${patience:-180}))
    while test "$(date +%s)" -lt $end; do
        for answer in "$exchange/res/$1res_$2".*; do
            test -f "$answer" || continue
            folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
            mv "$answer" "$folder/answer"
            case $answer in
                *.err) onshi_refused 0 "$folder/answer" ;;
                *.xml) onshi_judged "$folder/answer" ;;
                *) cat "$folder/answer" ;;
            esac
            exit
        done
        sleep 0.3
    done
    onshi_fail $ONSHI_TIMED_OUT "no answer to $1req_$2.xml"
)

# --- Documents -----------------------------------------------------------------------------------------------------

# onshi_at PATH: the text of the first element at a path below the root. Reads UTF-8.
onshi_at() {
    awk -v RS='<' -v wanted="$1" '
        NR == 1 || /^[?!]/ { next }
        {
            end = index($0, ">")
            tag = substr($0, 1, end - 1)
            text = substr($0, end + 1)
            sub(/[ \t\r\n].*$/, "", tag)
            if (tag ~ /^\//) { depth--; next }
            empty = sub(/\/$/, "", tag)
            names[++depth] = tag
            path = names[2]
            for (level = 3; level <= depth; level++) path = path "/" names[level]
            if (path == wanted) {
                gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&amp;/, "\\&", text)
                print text
                exit
            }
            if (empty) depth--
        }'
}

# The answer in a file as UTF-8, or a failure if it says that the request failed.
onshi_judged() {
    case $(head -c 200 "$1" | tr '[:upper:]' '[:lower:]') in
        *encoding=?shift_jis*) iconv -f CP932 -t UTF-8 "$1" >"$1.text" || onshi_fail $ONSHI_BAD_REQUEST "no Shift_JIS" ;;
        *) cp "$1" "$1.text" ;;
    esac
    if test "$(onshi_at MessageHeader/SegmentOfResult <"$1.text")" = 9; then
        onshi_fail $ONSHI_REJECTED "$(onshi_at MessageHeader/ErrorCode <"$1.text") $(onshi_at MessageHeader/ErrorMessage <"$1.text")"
    fi
    if test "$(onshi_at MessageBody/ProcessingResultStatus <"$1.text")" = 2; then
        onshi_fail $ONSHI_REJECTED "$(onshi_at MessageBody/ProcessingResultCode <"$1.text") $(
            onshi_at MessageBody/ProcessingResultMessage <"$1.text")"
    fi
    case $(onshi_at MessageHeader/ResultCode <"$1.text") in
        '' | 1) cat "$1.text" ;;
        *)
            code=$(onshi_at MessageHeader/MessageId <"$1.text")
            text="$code $(onshi_at MessageHeader/MessageContents <"$1.text")"
            # The field's own codes aren't public; put yours here if you know them.
            case $code in
                YZKX0001E | TKKX0001E) onshi_fail $ONSHI_NO_CONSENT "$text" ;;
                *) onshi_fail $ONSHI_REJECTED "$text" ;;
            esac
            ;;
    esac
}

# A refusal, HTTP 4xx or .err (code 0): the label's first letter says which step refused.
onshi_refused() {
    label=$(tr -c '[:alnum:]' '\n' <"$2" | grep -E -m 1 '^[GCXWT][0-9]{3}$')
    case $label:$1 in
        G*) status=$ONSHI_LINE_REFUSED ;;
        C* | :403) status=$ONSHI_CERTIFICATE_REFUSED ;;
        W* | *:401) status=$ONSHI_LOGIN_REFUSED ;;
        T103:*) status=$ONSHI_SERVICE_DOWN ;;
        *) status=$ONSHI_BAD_REQUEST ;;
    esac
    onshi_fail $status "$(cat "$2")"
}

# onshi_document HEADER BODY: a whole request in the chosen encoding.
onshi_document() {
    printf '<?xml version="1.0" encoding="%s" standalone="no"?>\n' "${encoding:-UTF-8}"
    text="<XmlMsg><MessageHeader>$1</MessageHeader><MessageBody>$2</MessageBody></XmlMsg>"
    case ${encoding:-UTF-8} in
        Shift_JIS) printf %s "$text" | iconv -f UTF-8 -t CP932 || onshi_fail $ONSHI_BAD_REQUEST "a character has no place in Shift_JIS" ;;
        *) printf %s "$text" ;;
    esac
}

# onshi_search INSURER SYMBOL NUMBER BRANCH BORN: one person in a request.
onshi_search() {
    printf '<QualificationConfirmSearchInfo>'
    onshi_card "$1" "$2" "$3" "$4"
    onshi_element Birthdate "$5"
    onshi_element LimitApplicationCertificateRelatedConsFlg 0
    printf '</QualificationConfirmSearchInfo>'
}

onshi_card() {
    onshi_element InsurerNumber "$1"
    onshi_element InsuredCardSymbol "$2"
    onshi_element InsuredIdentificationNumber "$3"
    onshi_element InsuredBranchNumber "$4"
}

# The viewing messages call the same things by other names.
onshi_viewing() {
    onshi_element MedicalInstitutionCode "$institution"
    onshi_element InsurerNumber "$1"
    onshi_element InsuranceCardSymbol "$2"
    onshi_element InsuredPersonIdentificationNumber "$3"
    onshi_element BranchNumber "$4"
}

onshi_on() {
    onshi_element QualificationConfirmationDate "${1:-$(onshi_today)}"
    onshi_element MedicalInstitutionCode "$institution"
    onshi_element ArbitraryFileIdentifier "${identifier:-}"
}

onshi_element() {
    test -z "$2" || printf '<%s>%s</%s>' "$1" "$(printf %s "$2" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g')" "$1"
}

onshi_json_type="Content-Type: application/json;charset=UTF-8"

# Names and texts in turn, as a JSON object; empty texts are left out.
onshi_members() {
    members=
    while test $# -gt 0; do
        test -z "$2" || members=$members,$(printf '"%s":"%s"' "$1" "$(onshi_json "$2")")
        shift 2
    done
    printf '{%s}' "${members#,}"
}

onshi_json() {
    printf %s "$1" | sed 's/[\\"]/\\&/g'
}

# Today in Japan.
onshi_today() {
    TZ=JST-9 date +%Y%m%d
}

# Ends the function that runs in parentheses, which all that are called from outside do.
onshi_fail() {
    printf 'onshi: %s\n' "$2" >&2
    exit "$1"
}
