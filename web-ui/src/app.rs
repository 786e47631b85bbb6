//! The frame of every page: skip link, header, routes, footer.

use leptos::prelude::*;
use leptos_router::WildcardSegment;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use wire::Page;

use crate::operator::Session;
use crate::pages::{Menu, PAGES, PageEntry, in_menu, view};
use crate::text::texts;
use crate::theme::ThemeSwitch;

/// The application.
#[component]
pub(crate) fn App() -> impl IntoView {
    Session::provide();
    view! {
        <Router>
            <a class="skip" href="#main" rel="external">{texts().frame.skip}</a>
            <Header/>
            <main class="page" id="main" tabindex="-1">
                <FlatRoutes fallback=Current>
                    <Route path=WildcardSegment("page") view=Current/>
                </FlatRoutes>
            </main>
            <footer class="foot">
                <div class="foot-inner">
                    <span>{texts().frame.foot_what}</span>
                    <span>{texts().frame.foot_tokens}</span>
                </div>
            </footer>
        </Router>
    }
}

#[component]
fn Header() -> impl IntoView {
    view! {
        <header class="bar">
            <div class="bar-inner">
                <a class="brand" href=Page::Overview.path()><span class="mark" aria-hidden="true"></span>{texts().frame.brand}</a>
                <nav class="nav" aria-label=texts().frame.nav>
                    {PAGES.into_iter().filter_map(link).collect_view()}
                </nav>
                <ThemeSwitch/>
            </div>
        </header>
    }
}

/// The link of a page in the menu.
fn link(entry: &'static PageEntry) -> Option<impl IntoView> {
    let Menu::Link(name) = entry.menu else {
        return None;
    };
    let path = use_location().pathname;
    let is_current = move || path.with(|path| Page::at(path).map(in_menu)) == Some(entry.page);
    Some(view! {
        <a href=entry.page.path() aria-current=move || is_current().then_some("page")>{name()}</a>
    })
}

/// The page at the current address.
#[component]
fn Current() -> impl IntoView {
    let path = use_location().pathname;
    let page = Memo::new(move |_| path.with(|path| Page::at(path)));
    move || view(page.get())
}
