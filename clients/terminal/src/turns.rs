//! The order of answers to requests of one name: a sender that uses a name again expects the later answer last.

use std::collections::HashMap;

use messages::file_name::RequestFileName;
use tokio::sync::oneshot;

/// The queue before each name. Names that nobody waits for are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    last: HashMap<String, oneshot::Receiver<()>>,
    forget_at: usize,
}

/// A place in the queue before one name; the next one's turn comes when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _done: oneshot::Sender<()>,
}

impl Turns {
    /// Queues up. Letter case makes no different name, since receipt computers ignore it.
    pub(crate) fn queue(&mut self, request: &RequestFileName) -> Turn {
        if self.last.len() >= self.forget_at {
            self.last.retain(|_, last| matches!(last.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
            self.forget_at = 2 * self.last.len() + 64;
        }
        let (done, last) = oneshot::channel();
        let before = self.last.insert(request.as_str().to_lowercase(), last);
        Turn { before, _done: done }
    }
}

impl Turn {
    /// Waits until everyone before has been served.
    pub(crate) async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: the sender's end is all that counts.
            let _ = before.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> RequestFileName {
        RequestFileName::parse(text).unwrap()
    }

    #[tokio::test]
    async fn the_same_name_waits_for_its_predecessor_and_other_names_do_not() {
        let mut turns = Turns::default();
        let mut first = turns.queue(&name("OQSsiquc01req_a.xml"));
        let mut second = turns.queue(&name("OQSsiquc01REQ_A.xml"));
        let mut other = turns.queue(&name("OQSsiquc01req_b.xml"));
        first.come().await;
        other.come().await;
        let mut waiting = tokio::spawn(async move { second.come().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        (&mut waiting).await.unwrap();
    }

    #[test]
    fn names_that_nobody_waits_for_are_forgotten() {
        let mut turns = Turns::default();
        let kept = turns.queue(&name("OQSsiquc01req_kept.xml"));
        for n in 0..10_000 {
            drop(turns.queue(&name(&format!("OQSsiquc01req_{n}.xml"))));
        }
        assert!(turns.last.len() < 200 && turns.last.contains_key("oqssiquc01req_kept.xml"));
        drop(kept);
    }
}
