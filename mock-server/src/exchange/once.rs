//! Once only: who asks again under the same `Idempotency-Key` is told what was answered before, and nothing happens
//! twice. Of the answer, not of its way: a delay or a cut connection is not repeated.

use std::sync::Arc;

use openssl::sha::Sha256;

use super::{Answer, Call, RequestRefused, Wire};
use crate::reason::Reason;
use crate::script::Plan;
use crate::world::{Event, KeptAnswer};

impl Call<'_> {
    /// What was answered under the key before, if there is one and it is still kept.
    ///
    /// # Errors
    /// [`RequestRefused::OtherRequest`] if something else was asked under it.
    pub(super) fn answered_before(&self) -> Result<Option<Answer>, RequestRefused> {
        let Some(kept) = self.kept() else { return Ok(None) };
        if *kept.request != *self.digest() {
            return Err(RequestRefused::OtherRequest);
        }
        Ok(Some(Answer {
            content_type: kept.content_type.to_string().into(),
            body: kept.body.clone(),
            plan: Plan::default(),
            habit: kept.habit.clone(),
            card: None,
            code: None,
            findings: Vec::new(),
            reasons: vec![Reason::AnsweredBefore(kept.at)],
        }))
    }

    /// Keeps an answer for whoever asks again under the key, before it leaves.
    ///
    /// # Errors
    /// [`RequestRefused::Failed`] if the ledger can't be written.
    pub(super) fn keep(&self, mut answer: Answer) -> Result<Answer, RequestRefused> {
        // What a scenario answers in place of the service is no answer to keep: who asks again is served.
        let Some(key) = self.key.filter(|_| answer.plan.then.answers()) else { return Ok(answer) };
        let kept = KeptAnswer {
            institution: self.admitted.certificate.institution.clone(),
            key: key.into(),
            request: self.digest(),
            status: 200,
            content_type: (*answer.content_type).into(),
            body: answer.body.clone(),
            habit: answer.habit.clone(),
            at: self.now,
        };
        let recorded = self.world.record(Event::AnswerKept(kept));
        recorded.map_err(|error| RequestRefused::Failed(error.to_string()))?;
        // Of two askings at one time, both are told what the first was.
        if let Some(kept) = self.kept() {
            if *kept.request != *self.digest() {
                return Err(RequestRefused::OtherRequest);
            }
            answer.content_type = kept.content_type.to_string().into();
            (answer.body, answer.habit) = (kept.body.clone(), kept.habit.clone());
        }
        Ok(answer)
    }

    fn kept(&self) -> Option<Arc<KeptAnswer>> {
        let institution = &self.admitted.certificate.institution;
        let hours = self.world.dialect().requests.answer_kept_hours.value;
        self.world.answers.under(institution, self.key?, self.now, hours)
    }

    /// Of all that decides the answer.
    fn digest(&self) -> Arc<str> {
        let mut digest = Sha256::new();
        digest.update(self.id.as_str().as_bytes());
        digest.update(match self.wire {
            Wire::Xml => b"\0xml\0",
            Wire::Json => b"\0json\0",
        });
        // JSON has but one. Where nobody chooses, nothing is added: older ledgers hold such digests.
        if let (Wire::Xml, Some(encoding)) = (self.wire, self.encoding) {
            digest.update(encoding.name().as_bytes());
            digest.update(b"\0");
        }
        digest.update(self.body);
        digest.finish().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }
}
