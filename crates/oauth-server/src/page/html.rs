//! HTML under construction: markup is written in our source, everything else is escaped.

/// A piece of HTML.
///
/// Markup must be `&'static str`, so a value that came from outside can only go through
/// [`Html::text`], which escapes it for text and for quoted attributes alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds markup of ours.
    #[must_use]
    pub(super) fn markup(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, or the value of an attribute in double quotes.
    #[must_use]
    pub(super) fn text(mut self, text: &str) -> Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // A parser would keep or change these; no value of ours needs them.
                '\0' => self.0.push('\u{fffd}'),
                // An attribute value would lose a bare carriage return.
                '\r' => self.0.push_str("&#13;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Adds HTML that was made the same way.
    #[must_use]
    pub(super) fn html(mut self, html: &Self) -> Self {
        self.0.push_str(&html.0);
        self
    }

    /// A hidden form field; `name` is ours.
    #[must_use]
    pub(super) fn hidden(self, name: &'static str, value: &str) -> Self {
        self.markup("<input type=\"hidden\" name=\"")
            .markup(name)
            .markup("\" value=\"")
            .text(value)
            .markup("\">")
    }

    /// The finished text.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_leave_neither_an_element_nor_an_attribute() {
        let html = Html::new()
            .text("</p><script>alert('&\"')</script>")
            .into_string();
        assert_eq!(
            html,
            "&lt;/p&gt;&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;"
        );
    }

    #[test]
    fn other_characters_stay_as_they_are() {
        assert_eq!(Html::new().text("é 漢 😀 %2F").into_string(), "é 漢 😀 %2F");
    }

    #[test]
    fn a_hidden_value_comes_back_whole() {
        let html = Html::new()
            .hidden("request", "state=%22&x=\r\n\"")
            .into_string();
        assert_eq!(
            html,
            "<input type=\"hidden\" name=\"request\" value=\"state=%22&amp;x=&#13;\n&quot;\">"
        );
    }
}
