//! Small charts as SVG, by plain functions: scales, marks, bars.
//!
//! Of our own, because two kinds of charts are a few kilobytes, and a charting crate brings second copies of what
//! the pages already have. Places are percentages, so that a chart is as wide as its column and no mark is
//! stretched; they are whole numbers of hundredths of a percent, because to write floats costs more than the charts.

use maud::{Markup, html};

use super::duration::milliseconds;

/// Where the field of marks begins from the left, and how wide it is: the labels of the scale come before it.
const LEFT: u64 = 1200;
const WIDTH: u64 = 8700;
/// Where the field of marks begins below the top, and how high it is.
const TOP: u64 = 800;
const HEIGHT: u64 = 8400;

/// The form of a mark: forms differ, so that colour is never needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A ring.
    Ring,
    /// A full dot.
    Dot,
    /// A cross.
    Cross,
}

/// A mark on a chart of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The slot, counted from the right.
    pub(super) slot: u64,
    /// Its time.
    pub(super) milliseconds: u64,
    /// How it looks.
    pub(super) form: Form,
    /// Its tooltip.
    pub(super) title: String,
}

/// A bar on a chart of counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// The slot, counted from the right.
    pub(super) slot: u64,
    /// The counter.
    pub(super) count: u64,
    /// How many of them failed.
    pub(super) failed: u64,
    /// Its tooltip.
    pub(super) title: String,
}

/// Whole powers of ten: a run from the cache and one that waits for minutes are both seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decades {
    lowest: u32,
    highest: u32,
}

impl Decades {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        let (mut least, mut most) = (u64::MAX, 1);
        for value in values {
            least = least.min(value.max(1));
            most = most.max(value);
        }
        let lowest = least.min(most).ilog10();
        let highest = most.ilog10() + u32::from(!is_power_of_ten(most));
        Self {
            lowest,
            highest: highest.max(lowest + 1),
        }
    }

    /// The place of a value from the top.
    fn place(self, value: u64) -> u64 {
        let span = u64::from(self.highest - self.lowest) * 1000;
        let above = logarithm(value).saturating_sub(u64::from(self.lowest) * 1000);
        TOP + HEIGHT - HEIGHT * above.min(span) / span
    }
}

const fn is_power_of_ten(value: u64) -> bool {
    10_u64.saturating_pow(value.ilog10()) == value
}

/// A thousand times the decimal logarithm: from a table of the digits, straight lines between them.
fn logarithm(value: u64) -> u64 {
    const DIGITS: [u64; 10] = [0, 301, 477, 602, 699, 778, 845, 903, 954, 1000];
    // No run takes eleven days, and anything longer is drawn at the top.
    let value = value.clamp(1, 1_000_000_000);
    let power = 10_u64.saturating_pow(value.ilog10());
    let digit = usize::try_from(value / power).unwrap_or(1);
    let at = |digit: usize| DIGITS.get(digit).copied().unwrap_or(1000);
    let (below, above) = (at(digit - 1), at(digit));
    let rest = (above - below) * (value % power) / power;
    u64::from(power.ilog10()) * 1000 + below + rest
}

/// The middle of a slot, from the left.
const fn across(slot: u64, slots: u64) -> u64 {
    LEFT + WIDTH - WIDTH * (2 * slot + 1) / (2 * slots)
}

fn percent(place: u64) -> String {
    format!("{}.{:02}%", place / 100, place % 100)
}

/// Marks on a scale of times.
pub(super) fn marks(summary: &str, marks: &[Mark], slots: u64) -> Markup {
    let scale = Decades::of(marks.iter().map(|mark| mark.milliseconds));
    plot(
        summary,
        &html! {
            @for value in (scale.lowest..=scale.highest).map(|power| 10_u64.saturating_pow(power)) {
                (grid_line(scale.place(value), &milliseconds(value)))
            }
            @for mark in marks {
                svg x=(percent(across(mark.slot, slots))) y=(percent(scale.place(mark.milliseconds))) {
                    (shape(mark.form))
                    title { (mark.title) }
                }
            }
        },
    )
}

/// Bars on a scale of counts; the failed ones are hatched, on top of those that succeeded.
pub(super) fn bars(summary: &str, bars: &[Bar], slots: u64) -> Markup {
    let most = round_up(bars.iter().map(|bar| bar.count).max().unwrap_or_default());
    let height = |count: u64| HEIGHT * count / most;
    plot(
        summary,
        &html! {
            (hatch())
            @for value in [0, most] {
                (grid_line(TOP + HEIGHT - height(value), &value.to_string()))
            }
            @for bar in bars {
                (stacked(bar, slots, height(bar.count), height(bar.failed.min(bar.count))))
            }
        },
    )
}

/// A bar of two parts, of these heights: all of them, and the failed ones of them.
fn stacked(bar: &Bar, slots: u64, all: u64, failed: u64) -> Markup {
    let x = percent(across(bar.slot, slots) - WIDTH * 36 / (100 * slots));
    let width = percent(WIDTH * 72 / (100 * slots));
    let top = TOP + HEIGHT - all;
    let part = |share: Share, y: u64, height: u64| {
        html! {
            rect class=(share.class()) fill=(share.fill()) x=(x) y=(percent(y)) width=(width) height=(percent(height)) {}
        }
    };
    html! {
        g {
            title { (bar.title) }
            (part(Share::Succeeded, top + failed, all - failed))
            @if failed > 0 { (part(Share::Failed, top, failed)) }
        }
    }
}

/// A share of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// The runs that succeeded.
    Succeeded,
    /// The runs that failed: hatched, so that colour is never needed.
    Failed,
}

impl Share {
    const fn class(self) -> &'static str {
        match self {
            Self::Succeeded => "ok",
            Self::Failed => "bad",
        }
    }

    const fn fill(self) -> &'static str {
        match self {
            Self::Succeeded => "",
            Self::Failed => "url(#hatch)",
        }
    }
}

fn hatch() -> Markup {
    html! {
        defs {
            pattern #hatch width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect.hatch-ground width="5" height="5" {}
                path.hatch-line d="M0 0V5" {}
            }
        }
    }
}

/// An entry of the key: a form of mark and its meaning.
pub(super) fn mark_key(form: Form, meaning: &str) -> Markup {
    let sample = html! { svg x="50%" y="50%" { (shape(form)) } };
    key(&sample, meaning)
}

/// An entry of the key: a share of a bar and its meaning.
pub(super) fn bar_key(share: Share, meaning: &str) -> Markup {
    let sample = html! { rect class=(share.class()) fill=(share.fill()) x="2" y="2" width="10" height="10" {} };
    key(&sample, meaning)
}

fn key(sample: &Markup, meaning: &str) -> Markup {
    html! {
        li { svg.key aria-hidden="true" { (sample) } (meaning) }
    }
}

/// The key of a chart.
pub(super) fn legend(entries: &[Markup]) -> Markup {
    html! {
        ul.legend.small { @for entry in entries { (entry) } }
    }
}

/// A chart with its name above and the ends of its axis below.
pub(super) fn figure(name: &str, chart: &Markup, ends: [&str; 2]) -> Markup {
    html! {
        figure.chart {
            figcaption.small.muted { (name) }
            (chart)
            p.chart-ends.small.muted aria-hidden="true" { @for end in ends { span { (end) } } }
        }
    }
}

fn shape(form: Form) -> Markup {
    html! {
        @match form {
            Form::Ring => circle.ring r="3.5" {},
            Form::Dot => circle.dot r="4" {},
            Form::Cross => path.cross d="M-4-4 4 4M-4 4 4-4" {},
        }
    }
}

fn plot(summary: &str, parts: &Markup) -> Markup {
    html! {
        svg.plot role="img" aria-label=(summary) { (parts) }
    }
}

fn grid_line(y: u64, label: &str) -> Markup {
    let (left, y) = (percent(LEFT), percent(y));
    html! {
        line x1=(left) x2="100%" y1=(y) y2=(y) {}
        text x="10.5%" y=(y) dy="4" { (label) }
    }
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn round_up(value: u64) -> u64 {
    let power = 10_u64.saturating_pow(value.max(1).ilog10());
    [1, 2, 5]
        .into_iter()
        .map(|step| power.saturating_mul(step))
        .find(|step| *step >= value)
        .unwrap_or_else(|| power.saturating_mul(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_of_times_spans_whole_powers_of_ten() {
        let span = |values: &[u64]| {
            let scale = Decades::of(values.iter().copied());
            (scale.lowest, scale.highest)
        };
        assert_eq!(span(&[12, 340]), (1, 3));
        assert_eq!(span(&[10, 100]), (1, 2));
        assert_eq!(span(&[0]), (0, 1));
        assert_eq!(span(&[]), (0, 1));
        assert_eq!(span(&[7, 12_000]), (0, 5));
    }

    #[test]
    fn the_logarithm_is_close_enough_to_be_drawn() {
        for value in [1, 2, 9, 10, 15, 99, 100, 1234, 999_999] {
            let exact = f64::from(u32::try_from(value).unwrap()).log10() * 1000.0;
            let off = (f64::from(u32::try_from(logarithm(value)).unwrap()) - exact).abs();
            assert!(off < 30.0, "{value}: off by {off}");
        }
        assert_eq!(logarithm(0), 0);
    }

    #[test]
    fn a_longer_time_stands_higher_and_none_outside() {
        let scale = Decades::of([5, 900].into_iter());
        assert!(scale.place(900) < scale.place(5));
        for value in [0, 5, 900, u64::MAX] {
            let place = scale.place(value);
            assert!((TOP..=TOP + HEIGHT).contains(&place), "{value}: {place}");
        }
    }

    #[test]
    fn the_latest_slot_is_the_rightmost() {
        assert!(across(0, 48) > across(47, 48));
        assert!(across(47, 48) > LEFT && across(0, 48) < LEFT + WIDTH);
        assert_eq!(percent(across(0, 1)), "55.50%");
    }

    #[test]
    fn counts_are_drawn_to_a_round_number() {
        for (value, round) in [
            (0, 1),
            (1, 1),
            (3, 5),
            (5, 5),
            (6, 10),
            (101, 200),
            (900, 1000),
        ] {
            assert_eq!(round_up(value), round, "{value}");
        }
    }

    #[test]
    fn a_failure_has_another_form_than_a_success() {
        let mark = |form| Mark {
            slot: 0,
            milliseconds: 10,
            form,
            title: String::new(),
        };
        let drawn = marks("two runs", &[mark(Form::Dot), mark(Form::Cross)], 24);
        let drawn = drawn.0;
        assert!(drawn.contains("<circle") && drawn.contains("<path class=\"cross\""));
        let bar = |failed| Bar {
            slot: 3,
            count: 4,
            failed,
            title: format!("{failed} failed"),
        };
        let drawn = bars("an hour", &[bar(1)], 48);
        assert!(drawn.0.contains(r#"class="bad" fill="url(#hatch)""#));
        assert!(!bars("an hour", &[bar(0)], 48).0.contains(r#"class="bad""#));
    }

    #[test]
    fn a_chart_is_an_image_that_says_what_it_shows() {
        let drawn = marks("3 runs: 1 failed", &[], 24);
        let begin = r#"<svg class="plot" role="img" aria-label="3 runs: 1 failed">"#;
        assert!(drawn.0.starts_with(begin));
    }
}
