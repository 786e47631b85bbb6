//! Texts of the frame around every page, and of the page that is not there.

// The frame of every page.
pub(crate) const BRAND: &str = "Ostiary";
pub(crate) const SKIP: &str = "Skip to the content";
pub(crate) const NAV: &str = "Main";
pub(crate) const NAV_OVERVIEW: &str = "Overview";
pub(crate) const NAV_FLOW: &str = "Walkthrough";
pub(crate) const NAV_OPERATOR: &str = "Operator";
pub(crate) const THEME: &str = "Theme";
pub(crate) const THEME_SYSTEM: &str = "System";
pub(crate) const THEME_LIGHT: &str = "Light";
pub(crate) const THEME_DARK: &str = "Dark";
pub(crate) const FOOT_WHAT: &str = "OAuth 2.1 and OpenID Connect in Rust, on Cloudflare Workers.";
pub(crate) const FOOT_TOKENS: &str = "Tokens live in this page's memory only.";

// The parties (RFC 6749 §1.1).
pub(crate) const PARTY_APP: &str = "Browser app";
pub(crate) const PARTY_AUTH: &str = "Authorization server";
pub(crate) const PARTY_API: &str = "Resource server";
pub(crate) const PARTY_CALLER: &str = "M2M caller";
pub(crate) const TO: &str = "to";

// Not found.
pub(crate) const TITLE_NOT_FOUND: &str = "No such page · Ostiary";
pub(crate) const NOT_FOUND_HEADING: &str = "There is no such page";
pub(crate) const NOT_FOUND: &str = "The address may be misspelt, or the page has moved.";
pub(crate) const TO_OVERVIEW: &str = "Go to the overview";
