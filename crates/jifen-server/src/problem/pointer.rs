//! Where in a request something is wrong, and what, in both languages where there are both.

use jifen_core::language::Words;
use serde::{Deserialize, Serialize};

/// A place in the request.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pointer {
    /// JSON pointer into the body, or `?name` for a query parameter, or a header's name.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
    /// The same in Chinese, where there is such a text.
    #[schema(required = true)]
    pub detail_zh: Option<String>,
}

impl Pointer {
    pub(super) fn of(pointer: &str, words: &Words) -> Self {
        Self { pointer: pointer.to_owned(), detail: words.en.clone(), detail_zh: Some(words.zh.clone()) }
    }
}
