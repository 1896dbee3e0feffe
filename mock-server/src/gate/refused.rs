//! Why the gate refuses, and how to mend it.

use messages::refusal::{Bilingual, Refusal, Step};

/// Declares the reasons: label, step, what is wrong and how to mend it, in both languages.
macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident = $label:literal $step:ident {
        $ja:literal, $en:literal; $mend_ja:literal, $mend_en:literal
    })*) => {
        /// A reason for which the gate refuses.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refused { $($(#[$meta])* $name,)* }

        impl Refused {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Our stable name.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// The gate that refuses.
            #[must_use]
            pub fn step(self) -> Step {
                match self { $(Self::$name => Step::$step,)* }
            }

            /// What is wrong.
            #[must_use]
            pub fn reason(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::fixed($ja, $en),)* }
            }

            /// How to mend it.
            #[must_use]
            pub fn mend(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::fixed($mend_ja, $mend_en),)* }
            }
        }
    };
}

refusals! {
    /// No line ends at the port.
    NoLine = "G101" Line {
        "この接続には回線がありません", "no line carries this connection";
        "回線のポート（既定は8443）に接続してください", "connect to the port of a line, by default 8443"
    }
    /// The line isn't registered in this world.
    LineNotRegistered = "G102" Line {
        "この回線のお客さまIDは登録されていません", "the customer ID of this line is not registered";
        "登録済みの回線のポート（既定は8443）に接続するか、回線を利用申請で登録してください",
        "connect to the port of a registered line, by default 8443, or register the line"
    }
    /// The line is registered for another institution than the certificate's.
    LineOfAnotherInstitution = "G103" Line {
        "この回線は別の医療機関の回線です", "this line is registered for another institution";
        "証明書と同じ医療機関の回線で接続してください", "connect over the line of the institution that the certificate was issued to"
    }
    /// The line was applied for, no more.
    LineApplied = "G104" Line {
        "この回線は利用申請中です", "the line is applied for, but its customer ID is not confirmed yet";
        "お客さまIDの確認が終わり、利用開始日になるまで待ってください（世界の時計を進められます）",
        "wait until the customer ID is confirmed and the start date has come; the world's clock can be advanced"
    }
    /// The line is confirmed, but its start date has not come.
    LineConfirmed = "G105" Line {
        "この回線は確認済みですが、利用開始日になっていません", "the line is confirmed, but its start date has not come";
        "利用開始日まで待ってください（世界の時計を進められます）", "wait for the start date; the world's clock can be advanced"
    }
    /// The line is suspended.
    LineSuspended = "G106" Line {
        "この回線は利用停止中です", "the line is suspended";
        "回線の利用再開を申請してください（PUT …/lines/{id} の state を active に）",
        "have the line resumed (PUT …/lines/{id} with state `active`)"
    }
    /// The line was given up.
    LineCancelled = "G107" Line {
        "この回線は解約済みです", "the line is cancelled";
        "現在の回線で接続するか、利用申請をやり直してください", "connect over the line in use, or apply for a new one"
    }
    /// The line isn't registered for what the caller wants.
    LineNotForPurpose = "G108" Line {
        "この回線はこの用途（オンライン資格確認またはオンライン請求）では登録されていません",
        "the line is registered for the other system only (qualification or claims)";
        "用途ごとに利用申請が必要です。回線の purposes を確認してください",
        "each system has its own application: see `purposes` of the line's registration"
    }
    /// The line has never passed line authentication, which the world demands.
    LineNotAuthenticated = "G109" Line {
        "この回線は回線認証を済ませていません", "the line has not passed line authentication";
        "この回線から /lineauth を開き「希望する」を押してください", "open /lineauth over this line and press 希望する"
    }
    /// The address prefix of the line has changed since line authentication.
    LineMoved = "G110" Line {
        "回線認証の後で回線のアドレス（プレフィックス）が変わりました",
        "the address prefix of the line has changed since its line authentication";
        "ルーター交換や契約変更の後は、もう一度 /lineauth で回線認証をしてください",
        "pass line authentication again at /lineauth, as after a change of router or contract"
    }
    /// A PROXY header came from an address that isn't a listed front's.
    UntrustedFront = "G111" Line {
        "登録されていないアドレスからPROXYヘッダーが届きました", "a PROXY header came from an address that is no listed front";
        "--front で中継装置のアドレスを登録してください", "list the front's address with --front"
    }
    /// A front sent no usable PROXY header.
    BadProxyHeader = "G112" Line {
        "中継装置が正しいPROXYプロトコルv2ヘッダーを送りませんでした", "the front sent no usable PROXY protocol v2 header";
        "中継装置（onshi-line など）の設定を確認してください", "check the front, for example onshi-line"
    }
    /// The client sent no certificate.
    NoCertificate = "C101" Certificate {
        "クライアント証明書が提示されていません", "no client certificate was presented";
        "onshi-data/institutions にある証明書と鍵（またはPKCS#12）を使ってください",
        "use the certificate and key (or PKCS#12) under onshi-data/institutions"
    }
    /// The certificate isn't from our test authority.
    ForeignCertificate = "C102" Certificate {
        "この試験用認証局が発行した端末の証明書ではありません", "the certificate is not a terminal's certificate of this test authority";
        "この onshi-mock が発行した証明書を使ってください（データフォルダーを替えると認証局も替わります）",
        "use a certificate issued by this onshi-mock; another data folder has another authority"
    }
    /// The certificate is from our authority, but no world issued it.
    UnknownCertificate = "C103" Certificate {
        "証明書は登録されていません", "the certificate is not registered";
        "データフォルダーにある証明書を使うか、発行し直してください", "use a certificate of the data folder, or have one issued again"
    }
    /// The certificate's time has not come.
    CertificateNotYetValid = "C104" Certificate {
        "証明書の有効期間がまだ始まっていません", "the certificate is not valid yet";
        "この世界の時計と証明書の開始日時を確認してください", "compare the world's clock with the start of the certificate"
    }
    /// The certificate's time is over.
    CertificateExpired = "C105" Certificate {
        "証明書の有効期限が切れています", "the certificate has expired";
        "証明書を発行し直してください", "have a new certificate issued"
    }
    /// The certificate is revoked.
    CertificateRevoked = "C106" Certificate {
        "証明書は失効しています", "the certificate is revoked";
        "新しい証明書を発行してください（失効は取り消せません）", "have a new certificate issued; a revocation is final"
    }
    /// The certificate names our authority, but the signature isn't its.
    ForgedCertificate = "C107" Certificate {
        "証明書の署名が正しくありません", "the certificate names this test authority, but its signature is not the authority's";
        "発行されたままの証明書を使ってください", "use the certificate as it was issued"
    }
    /// The certificate is ours, but isn't meant for clients.
    NotForClients = "C108" Certificate {
        "クライアント認証用の証明書ではありません", "the certificate is not meant for clients";
        "端末の証明書を使ってください（サーバーやCAの証明書は使えません）", "use a terminal's certificate, not the server's or a CA's"
    }
    /// The certificate can't be understood.
    MalformedCertificate = "C109" Certificate {
        "証明書を解釈できません", "the certificate cannot be understood";
        "発行されたままの証明書を使ってください", "use the certificate as it was issued"
    }
    /// The revocation list is overdue.
    ListStale = "C110" Certificate {
        "証明書失効リスト（CRL）の期限が切れているため、どの証明書も確認できません",
        "the revocation list is overdue, so no certificate can be checked";
        "世界の失効リストの状態を fresh に戻してください", "set the world's revocation list back to `fresh`"
    }
    /// The revocation list can't be fetched.
    ListUnreachable = "C111" Certificate {
        "証明書失効リスト（CRL）を取得できないため、どの証明書も確認できません",
        "the revocation list cannot be fetched, so no certificate can be checked";
        "世界の失効リストの状態を fresh に戻してください", "set the world's revocation list back to `fresh`"
    }
    /// The certificate isn't valid for what the caller wants.
    CertificateNotForPurpose = "C112" Certificate {
        "この証明書はこの用途（オンライン資格確認またはオンライン請求）のものではありません",
        "the certificate was applied for the other system only (qualification or claims)";
        "用途に合った証明書を使うか、共通の証明書を申請してください", "use a certificate for this system, or apply for one that is shared"
    }
    /// The certificate's key or signature is of a kind that the authority doesn't issue.
    WeakCertificate = "C113" Certificate {
        "証明書の鍵または署名方式が認められていません（RSA 2048ビット以上またはP-256、SHA-256以上）",
        "the certificate's key or signature is not acceptable: RSA from 2,048 bits or P-256, and SHA-256 or longer";
        "この認証局が発行した証明書を使ってください", "use a certificate as this authority issues it"
    }
    /// The client sent its certificate without the issuing CA's, which the dialect demands.
    MissingIssuer = "C114" Certificate {
        "中間認証局の証明書が送られていません", "the certificate of the issuing CA was not sent with the terminal's";
        "証明書チェーン（certificate.pem の全体）を設定してください", "configure the whole chain, as certificate.pem has it"
    }
    /// What came in isn't TLS.
    NotTls = "C120" Certificate {
        "TLSではないデータが届きました", "what came in is not TLS";
        "https:// で接続してください", "connect with https://"
    }
    /// The client broke the handshake off.
    HandshakeAborted = "C121" Certificate {
        "クライアントがTLSハンドシェイクを中断しました", "the client broke off the TLS handshake";
        "クライアントがこの onshi-mock のルート証明書（/ca.pem）を信頼しているか確認してください",
        "check that the client trusts the root of this onshi-mock (/ca.pem)"
    }
    /// The handshake was not done in time.
    HandshakeTimeOut = "C122" Certificate {
        "TLSハンドシェイクが時間内に終わりませんでした", "the TLS handshake was not done in time";
        "ネットワークとクライアントを確認してください", "check network and client"
    }
    /// No common version, cipher or group.
    HandshakeFailed = "C123" Certificate {
        "TLSのバージョンや暗号方式が一致しませんでした", "client and service have no TLS version or cipher in common";
        "TLS 1.2 または 1.3 を使ってください", "use TLS 1.2 or 1.3"
    }
}

impl Refused {
    /// The refusal as it is answered.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        Refusal {
            status: 403,
            label: self.label().into(),
            step: self.step(),
            reason: self.reason(),
            mend: self.mend(),
        }
    }
}
