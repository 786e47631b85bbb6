//! Texts of the conversation and its wire panels.

pub(crate) const CONVERSATION: &str = "Conversation";
pub(crate) const NOTHING_SAID: &str = "Nothing has been said yet. Each message appears here as it is sent; press one to see what went over the wire.";
pub(crate) const REQUEST: &str = "Request";
pub(crate) const ANSWER: &str = "Answer";
pub(crate) const BODY: &str = "Body";
pub(crate) const SHOW_SECRETS: &str = "Reveal secrets";
pub(crate) const HIDE_SECRETS: &str = "Cover secrets";
pub(crate) const COPY_CURL: &str = "Copy as curl";
pub(crate) const COPIED: &str = "Copied, with secrets as they are shown here.";
pub(crate) const CORS_HEADERS: &str =
    "A browser shows a page only those headers of another origin that CORS exposes.";
pub(crate) const NAVIGATED: &str =
    "The browser itself carried this message: a page sees no status and no headers of it.";
pub(crate) const NAVIGATED_SHORT: &str = "carried by the browser";
pub(crate) const NO_ANSWER: &str = "No answer";
pub(crate) const DID_NOT_ANSWER: &str = "did not answer. Is it running? See the overview.";
pub(crate) const UNREACHABLE: &str = "the request could not be sent";
pub(crate) const BAD_CONFIG: &str = "The application's configuration could not be read";
pub(crate) const BAD_ISSUER: &str = "The configured issuer is not a usable URL";
