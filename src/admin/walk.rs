//! All app tokens that a filter lets through.

use std::collections::VecDeque;

use crate::cancellation::Cancellation;
use crate::error::Error;

use super::{Admin, AppToken, AppTokenFilter};

/// Goes through a list, and asks for its pages as they are needed.
#[derive(Debug)]
pub struct AppTokenWalk {
    admin: Admin,
    filter: AppTokenFilter,
    /// Those of the last page that were not given yet.
    left: VecDeque<AppToken>,
    /// The page to ask for; `None` after the last.
    next_page: Option<i32>,
}

/// The server's own.
const PAGE_SIZE: i32 = 30;

impl AppTokenWalk {
    pub(super) fn new(admin: Admin, filter: AppTokenFilter) -> Self {
        AppTokenWalk { admin, filter, left: VecDeque::new(), next_page: Some(1) }
    }

    /// The next token; `None` at the end. After an error the same page is asked for again.
    ///
    /// # Errors
    /// As for [`Admin::list`].
    pub fn next(&mut self, cancellation: &Cancellation) -> Result<Option<AppToken>, Error> {
        while self.left.is_empty()
            && let Some(page_index) = self.next_page
        {
            let page = self.admin.list(&self.filter, PAGE_SIZE, page_index, cancellation)?;
            let is_full = page.tokens.len() >= PAGE_SIZE.unsigned_abs() as usize;
            self.next_page = is_full.then(|| page_index.saturating_add(1));
            self.left = page.tokens.into();
        }
        Ok(self.left.pop_front())
    }
}
