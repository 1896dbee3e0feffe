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
