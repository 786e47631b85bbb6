//! The frame of every page: skip link, header, routes, footer.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::flow::FlowPage;
use crate::operator::{Operator, Session};
use crate::pages::not_found::NotFound;
use crate::pages::overview::Overview;
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
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Overview/>
                    <Route path=path!("/flow") view=FlowPage/>
                    <Route path=path!("/callback") view=FlowPage/>
                    <Route path=path!("/operator") view=Operator/>
                </Routes>
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
                <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>{texts().frame.brand}</a>
                <nav class="nav" aria-label=texts().frame.nav>
                    {link("/", texts().frame.nav_overview, |path| path == "/")}
                    {link("/flow", texts().frame.nav_flow, |path| path == "/flow" || path == "/callback")}
                    {link("/operator", texts().frame.nav_operator, |path| path == "/operator")}
                </nav>
                <ThemeSwitch/>
            </div>
        </header>
    }
}

fn link(to: &'static str, name: &'static str, is_current: fn(&str) -> bool) -> impl IntoView {
    let path = use_location().pathname;
    view! { <a href=to aria-current=move || path.with(|path| is_current(path)).then_some("page")>{name}</a> }
}
