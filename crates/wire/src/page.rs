//! The pages of the client application, for its worker and for the router in the browser.

/// A page. The browser renders all of them from one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The overview.
    Overview,
    /// The walkthrough of the code flow.
    Flow,
    /// The walkthrough, where the authorization server sends the browser back to it.
    Callback,
    /// The operator's page.
    Operator,
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 4] = [Self::Overview, Self::Flow, Self::Callback, Self::Operator];

    /// The path of the page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Flow => "/flow",
            Self::Callback => "/callback",
            Self::Operator => "/operator",
        }
    }

    /// The page at a path.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == path)
    }
}
