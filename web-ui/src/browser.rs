//! The browser's own facilities, each behind one plain function: page, clock, stores, clipboard.

use oauth_core::UnixTime;
use wasm_bindgen::JsValue;
use web_sys::{Storage, Window, window};

use crate::text::texts;

/// Seconds since 1970 by the browser's clock.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds fit in an i64 for longer than there will be browsers"
)]
pub(crate) fn now() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

/// Milliseconds by the clock that only goes forward.
pub(crate) fn stopwatch() -> f64 {
    window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now())
}

/// A moment in seconds since 1970, with its zone and its distance from now.
pub(crate) fn moment(seconds: i64) -> String {
    texts().dates.write(UnixTime(seconds), UnixTime(now()))
}

/// The languages that the reader prefers, the dearest first (BCP 47).
pub(crate) fn languages() -> Vec<String> {
    let languages = window().map(|window| window.navigator().languages());
    let languages = languages.unwrap_or_default();
    languages.iter().filter_map(|tag| tag.as_string()).collect()
}

/// Says in which language the page is written (WCAG 3.1.1).
pub(crate) fn name_language(tag: &str) {
    let document = window().and_then(|window| window.document());
    if let Some(root) = document.and_then(|document| document.document_element()) {
        // Fails only for a malformed name.
        let _ = root.set_attribute("lang", tag);
    }
}

/// Whether the page is behind another one or minimised.
pub(crate) fn is_hidden() -> bool {
    window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
}

/// Where this page was loaded from.
pub(crate) fn origin() -> String {
    window()
        .and_then(|window| window.location().origin().ok())
        .unwrap_or_default()
}

/// The path and the raw query of this page.
pub(crate) fn place() -> (String, String) {
    window().map_or_else(Default::default, |window| {
        let location = window.location();
        (
            location.pathname().unwrap_or_default(),
            location.search().unwrap_or_default(),
        )
    })
}

/// Leaves this page for another.
pub(crate) fn leave_for(url: &str) {
    if let Some(window) = window() {
        // Fails only for a malformed URL; the page then simply stays.
        let _ = window.location().assign(url);
    }
}

/// Changes the address without a navigation: a code does not stay in the history.
pub(crate) fn replace_address(path: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Sets the title of the document.
pub(crate) fn name_page(title: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Copies text to the clipboard.
pub(crate) fn copy(text: &str) {
    if let Some(window) = window() {
        let promise = window.navigator().clipboard().write_text(text);
        leptos::task::spawn_local(async move {
            // Refused only when the page has lost focus; there is nothing left to do then.
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
        });
    }
}

/// The storage of this tab.
pub(crate) mod tab {
    use super::{Storage, Window, window};

    fn store() -> Option<Storage> {
        window()
            .as_ref()
            .map(Window::session_storage)?
            .ok()
            .flatten()
    }

    /// Reads a saved text.
    pub(crate) fn read(key: &str) -> Option<String> {
        store()?.get_item(key).ok().flatten()
    }

    /// Saves a text; a full or forbidden store only costs the memory of it.
    pub(crate) fn save(key: &str, value: &str) {
        if let Some(store) = store() {
            let _ = store.set_item(key, value);
        }
    }

    /// Forgets a saved text.
    pub(crate) fn forget(key: &str) {
        if let Some(store) = store() {
            let _ = store.remove_item(key);
        }
    }
}

/// Scrolls to and focuses the element with this id.
pub(crate) fn focus(id: &str) {
    let element = window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element
        .as_ref()
        .and_then(wasm_bindgen::JsCast::dyn_ref::<web_sys::HtmlElement>)
    {
        let _ = element.focus();
    }
}

/// Whether the focus is inside the element with this id.
pub(crate) fn has_focus(id: &str) -> bool {
    let Some(document) = window().and_then(|window| window.document()) else {
        return false;
    };
    let element = document.get_element_by_id(id);
    element
        .is_some_and(|element| element.contains(document.active_element().map(Into::into).as_ref()))
}

/// Scrolls the element with this id to its end.
pub(crate) fn scroll_to_end(id: &str) {
    let document = window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        element.set_scroll_top(element.scroll_height());
    }
}
