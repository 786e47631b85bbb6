//! The pages of the client application, a single-page application.
//!
//! - [`pages`] lists the pages; [`app`] is the frame around them, with the menu.
//! - [`flow`] is the walkthrough, a file for each step; [`diagram`] and [`wire_panel`] show its messages.
//! - [`operator`] is the operator's page, a file for each panel.
//! - [`text`] has every sentence, a file for each language.
//! - [`fetch`], [`message`], [`config`] and [`browser`] reach the servers and the browser; [`mask`] hides secrets.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the structs of its properties `pub`"
)]
#![allow(
    clippy::large_types_passed_by_value,
    reason = "signals are handles and are passed by value; they are small where they run, on 32 bits"
)]

mod app;
mod browser;
mod config;
mod diagram;
mod fetch;
mod flow;
mod health;
mod mask;
mod message;
mod operator;
mod pages;
mod party;
mod task;
mod text;
mod theme;
mod wire_panel;

use wasm_bindgen::JsCast;

fn main() {
    text::choose(&browser::languages());
    browser::name_language(text::texts().tag);
    if !operator::take_answer() {
        flow::take_answer();
    }
    let place = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"))
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(place) = place {
        // The shell of index.html gives way to the pages themselves.
        place.set_text_content(None);
        leptos::mount::mount_to(place, app::App).forget();
    }
}
