//! Markup for what is only looked at: tables, figures, charts.
//!
//! A view is a type of its own and costs kilobytes of WebAssembly; markup is text, which plain tests can read. So views
//! are for what a person acts on, and the rest is markup. [`html!`](maud::html) escapes every value: what a server
//! answers is never read as an element.

use leptos::prelude::*;
use maud::{Markup, html};

/// A table with a line of headings.
pub(super) fn table(columns: &[&str], rows: impl Iterator<Item = Vec<Markup>>) -> Markup {
    html! {
        table {
            thead {
                tr { @for name in columns { th scope="col" { (name) } } }
            }
            tbody {
                @for cells in rows {
                    tr { @for cell in cells { td { (cell) } } }
                }
            }
        }
    }
}

/// Figures, each with its name.
pub(super) fn figures<'a>(figures: impl Iterator<Item = (&'a str, String)>) -> Markup {
    html! {
        dl.figures {
            @for (name, value) in figures {
                div.figure { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// Shows what `markup` makes, whenever that changes.
pub(super) fn painted(markup: impl Fn() -> Markup + Send + Sync + 'static) -> AnyView {
    shown(Box::new(markup))
}

fn shown(markup: Box<dyn Fn() -> Markup + Send + Sync>) -> AnyView {
    let markup = Memo::new(move |_| markup().into_string());
    view! { <div inner_html=move || markup.get()></div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_becomes_an_element() {
        let hostile = r#""><script>alert(1)</script>&"#;
        let figures = figures([("Name", hostile.to_owned())].into_iter());
        let escaped = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;";
        assert!(figures.0.contains(&format!("<dd>{escaped}</dd>")));
    }

    #[test]
    fn a_table_names_its_columns() {
        let rows = [vec![html! { (1) }, html! { "Ada" }]].into_iter();
        assert_eq!(
            table(&["Id", "Name"], rows).0,
            "<table><thead><tr><th scope=\"col\">Id</th><th scope=\"col\">Name</th></tr></thead>\
             <tbody><tr><td>1</td><td>Ada</td></tr></tbody></table>"
        );
    }
}
