//! An action in steps, for a host that carries its request itself: as in [`crate::Flow`], no socket and no thread.

use std::fmt;

use serde_json::Value;

use crate::error::Error;
use crate::exchange::{Failure, MAX_REPLY_BYTES, Reply, Request};
use crate::flow::{Action, wrong_state};
use crate::status::Status;

use super::call::Call;
use super::{AppToken, AppTokenPage};

/// One action of an administrator: a request, then its outcome. It is not repeated.
pub struct AdminFlow {
    call: Call,
    read: fn(&Value) -> Option<Outcome>,
    turn: Turn,
    outcome: Option<Outcome>,
}

/// What came of an action.
#[derive(Debug)]
pub enum Outcome {
    /// The app token as it is now.
    AppToken(Box<AppToken>),
    /// A page of a list.
    Page(AppTokenPage),
    /// That it is done.
    Done,
}

enum Turn {
    Ready,
    Sent,
    Done,
    Failed(Box<Error>),
    /// The end was told.
    Over,
}

impl AdminFlow {
    pub(super) fn new(call: Call, read: fn(&Value) -> Option<Outcome>) -> Self {
        AdminFlow { call, read, turn: Turn::Ready, outcome: None }
    }

    /// What to do next: `Send`, once, then `Ended` or `Failed`. Out of turn it is `Failed` with `WrongState` and changes
    /// nothing.
    pub fn step(&mut self) -> Action {
        match std::mem::replace(&mut self.turn, Turn::Over) {
            Turn::Ready => {
                self.turn = Turn::Sent;
                let Request { url, body, limit_ms, is_repeatable } = self.call.request();
                let (url, body) = (url.clone(), body.clone());
                Action::Send(Request { url, body, limit_ms: *limit_ms, is_repeatable: *is_repeatable })
            }
            Turn::Done => Action::Ended,
            Turn::Failed(error) => Action::Failed(error),
            owed @ (Turn::Sent | Turn::Over) => {
                self.turn = owed;
                Action::Failed(Box::new(wrong_state("a step out of turn")))
            }
        }
    }

    /// Takes the reply to the request that was sent.
    ///
    /// # Errors
    /// `WrongState` if none is owed.
    pub fn receive(&mut self, reply: &Reply) -> Result<(), Error> {
        if !matches!(self.turn, Turn::Sent) {
            return Err(wrong_state("a reply that nobody asked for"));
        }
        if reply.body.len() > MAX_REPLY_BYTES {
            let message = format!("the reply is longer than {} KiB", MAX_REPLY_BYTES / 1024);
            return self.fail(&Failure::new(Status::ReplyTooLarge, message));
        }
        self.turn = match self.call.result(reply, self.read) {
            Ok(outcome) => {
                self.outcome = Some(outcome);
                Turn::Done
            }
            Err(error) => Turn::Failed(Box::new(error)),
        };
        Ok(())
    }

    /// Takes note that no reply will come. A cancellation may come at any time.
    ///
    /// # Errors
    /// `WrongState` if none is owed.
    pub fn fail(&mut self, failure: &Failure) -> Result<(), Error> {
        match self.turn {
            Turn::Done | Turn::Failed(_) | Turn::Over => return Err(wrong_state("a failure after the end")),
            Turn::Ready if failure.status != Status::Cancelled => return Err(wrong_state("a failure of nothing")),
            Turn::Ready | Turn::Sent => {}
        }
        self.turn = Turn::Failed(Box::new(self.call.no_reply(failure)));
        Ok(())
    }

    /// What came of it, once, if it is done.
    pub fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take_if(|_| matches!(self.turn, Turn::Over))
    }

    /// The token that came of it, once, if it is one.
    pub fn take_app_token(&mut self) -> Option<AppToken> {
        match self.take_outcome()? {
            Outcome::AppToken(app_token) => Some(*app_token),
            other => {
                self.outcome = Some(other);
                None
            }
        }
    }

    /// The page that came of it, once, if it is one.
    pub fn take_page(&mut self) -> Option<AppTokenPage> {
        match self.take_outcome()? {
            Outcome::Page(page) => Some(page),
            other => {
                self.outcome = Some(other);
                None
            }
        }
    }
}

impl fmt::Debug for AdminFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminFlow").field("request", self.call.request()).finish_non_exhaustive()
    }
}
