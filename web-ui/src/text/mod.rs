//! Every sentence that the application shows. A language is a value of [`Text`], in a file of its own; a missing text
//! does not compile.

mod en;
mod language;
mod placed;

pub(crate) use en::Text;
pub(crate) use language::{choose, texts};
pub(crate) use placed::placed;

/// The languages, the one for everyone else first. To add one, write its file and list it here.
static LANGUAGES: [&Text; 1] = [&en::EN];

/// A step of the walkthrough.
pub(crate) struct StepText {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) action: &'static str,
}

/// The figures of many runs.
pub(crate) struct RunFigures<'a> {
    pub(crate) succeeded: usize,
    pub(crate) failed: usize,
    /// The median and the 95th percentile of their times, where any has ended.
    pub(crate) times: Option<(&'a str, &'a str)>,
}
