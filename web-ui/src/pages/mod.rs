//! The pages. To add one, name it in [`wire::Page`], write its file, list it here and write its texts.

use leptos::prelude::{AnyView, IntoAny};
use wire::Page;

use crate::{flow, operator};

pub(crate) mod not_found;
pub(crate) mod overview;

/// A page, as its own file exports it.
pub(crate) struct PageEntry {
    /// The page.
    pub(crate) page: Page,
    /// Its place in the menu.
    pub(crate) menu: Menu,
    /// Its view.
    pub(crate) view: fn() -> AnyView,
}

/// The place of a page in the menu.
pub(crate) enum Menu {
    /// It has a link with this name.
    Link(fn() -> &'static str),
    /// It belongs to another page's link.
    Under(Page),
}

/// Every page, in the order of the menu.
pub(crate) const PAGES: [&PageEntry; Page::ALL.len()] = [
    &overview::PAGE,
    &flow::PAGE,
    &flow::CALLBACK,
    &operator::PAGE,
];

/// The entry of a page.
fn entry(page: Page) -> Option<&'static PageEntry> {
    PAGES.into_iter().find(|entry| entry.page == page)
}

/// The view for a path.
pub(crate) fn view(page: Option<Page>) -> AnyView {
    page.and_then(entry)
        .map_or_else(|| not_found::NotFound().into_any(), |entry| (entry.view)())
}

/// The page whose link in the menu is the current one.
pub(crate) fn in_menu(page: Page) -> Page {
    match entry(page).map(|entry| &entry.menu) {
        Some(Menu::Under(page)) => *page,
        Some(Menu::Link(_)) | None => page,
    }
}
