//! Markup as text, for what is only looked at: tables, figures, charts.
//!
//! A view is a type of its own and costs kilobytes of WebAssembly; a row of text costs its characters. So views are
//! for what a person acts on, and the rest is text, which plain tests can read. Text becomes [`Markup`] through
//! [`plain`] alone, which escapes it: nothing that a server says is ever read as an element.

use leptos::prelude::*;

/// Well-formed markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    /// The markup as it is given to the browser.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The markup with more behind it.
    pub(super) fn and(mut self, more: &Self) -> Self {
        self.0 += &more.0;
        self
    }
}

/// Text, escaped for content and for attributes.
pub(super) fn plain(text: &str) -> Markup {
    Markup(
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;"),
    )
}

/// An element. Names are of our own making; values are escaped.
pub(super) fn element(
    tag: &'static str,
    attributes: &[(&'static str, &str)],
    children: &[Markup],
) -> Markup {
    let mut markup = format!("<{tag}");
    for (name, value) in attributes {
        for part in [" ", name, "=\"", plain(value).as_str(), "\""] {
            markup += part;
        }
    }
    markup.push('>');
    for child in children {
        markup += &child.0;
    }
    for part in ["</", tag, ">"] {
        markup += part;
    }
    Markup(markup)
}

/// An element that holds text and has a class.
pub(super) fn leaf(tag: &'static str, class: &str, content: &str) -> Markup {
    element(tag, &[("class", class)], &[plain(content)])
}

/// A table with a line of headings.
pub(super) fn table(columns: &[&str], rows: impl Iterator<Item = Vec<Markup>>) -> Markup {
    let heads: Vec<Markup> = columns
        .iter()
        .map(|name| element("th", &[("scope", "col")], &[plain(name)]))
        .collect();
    let rows: Vec<Markup> = rows
        .map(|cells| {
            let cells: Vec<Markup> = cells
                .into_iter()
                .map(|cell| element("td", &[], &[cell]))
                .collect();
            element("tr", &[], &cells)
        })
        .collect();
    let head = element("thead", &[], &[element("tr", &[], &heads)]);
    element("table", &[], &[head, element("tbody", &[], &rows)])
}

/// Figures, each with its name.
pub(super) fn figures<'a>(figures: impl Iterator<Item = (&'a str, String)>) -> Markup {
    let figures: Vec<Markup> = figures
        .map(|(name, value)| {
            let parts = [leaf("dt", "", name), leaf("dd", "", &value)];
            element("div", &[("class", "figure")], &parts)
        })
        .collect();
    element("dl", &[("class", "figures")], &figures)
}

/// Shows what `markup` makes, whenever that changes.
pub(super) fn painted(markup: impl Fn() -> Markup + Send + Sync + 'static) -> AnyView {
    shown(Box::new(markup))
}

fn shown(markup: Box<dyn Fn() -> Markup + Send + Sync>) -> AnyView {
    let markup = Memo::new(move |_| markup());
    view! { <div inner_html=move || markup.with(|markup| markup.as_str().to_owned())></div> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_becomes_an_element_or_an_attribute() {
        let hostile = r#""><script>alert(1)</script>&"#;
        let markup = element("p", &[("title", hostile)], &[plain(hostile)]);
        let escaped = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;";
        assert_eq!(
            markup.as_str(),
            format!(r#"<p title="{escaped}">{escaped}</p>"#)
        );
    }

    #[test]
    fn a_table_names_its_columns() {
        let rows = [vec![plain("1"), plain("Ada")]].into_iter();
        assert_eq!(
            table(&["Id", "Name"], rows).as_str(),
            "<table><thead><tr><th scope=\"col\">Id</th><th scope=\"col\">Name</th></tr></thead>\
             <tbody><tr><td>1</td><td>Ada</td></tr></tbody></table>"
        );
    }
}
