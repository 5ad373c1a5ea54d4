//! Writes a section as one SVG image, for files of its own.

use std::fmt::Write;

use super::chart::Chart;
use super::listing::{Entry, Listing};
use super::pictures::Picture;
use super::section::{Drawing, Key, Panel, Section, Strip};
use super::section::{Grid, Pictures};

const WIDTH: f64 = 980.0;
const MARGIN: f64 = 30.0;
const INNER: f64 = WIDTH - 2.0 * MARGIN;
/// The mean width of a letter, relative to the font size.
const LETTER: f64 = 0.56;

/// Colours of the report's light theme, without variables: programs that draw
/// SVG do not know them.
const STYLE: &str = include_str!("../../templates/report/figure.css");

/// An image that grows downwards.
struct Page {
    body: String,
    y: f64,
}

/// Writes one section as a whole SVG image.
pub(super) fn document(section: &Section) -> String {
    let mut page = Page {
        body: String::new(),
        y: MARGIN + 18.0,
    };
    page.text("title", MARGIN, 22.0, &section.title);
    page.y += 14.0;
    page.paragraph(&section.says);
    for drawing in &section.drawings {
        page.y += 18.0;
        page.drawing(drawing);
    }
    let height = page.y + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\"><style>{STYLE}</style><rect class=\"paper\" width=\"{WIDTH}\" height=\"{height:.0}\"/>{}</svg>\n",
        page.body
    )
}

impl Page {
    fn put(&mut self, arguments: std::fmt::Arguments) {
        self.body
            .write_fmt(arguments)
            .expect("a String takes all text");
    }

    fn text(&mut self, class: &str, x: f64, size: f64, text: &str) {
        let (y, text) = (self.y, escaped(text));
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\">{text}</text>"
        ));
    }

    /// Writes a text over several lines.
    fn paragraph(&mut self, text: &str) {
        for line in wrapped(text, (INNER / (13.0 * LETTER)) as usize) {
            self.y += 18.0;
            self.text("says", MARGIN, 13.0, &line);
        }
    }

    fn drawing(&mut self, drawing: &Drawing) {
        match drawing {
            Drawing::Heading { title, says } => {
                self.y += 20.0;
                self.text("heading", MARGIN, 17.0, title);
                self.paragraph(says);
            }
            Drawing::Chart { legend, chart } => {
                self.legend(legend);
                let width = f64::from(chart.width) * 1.25;
                self.chart(chart, MARGIN, width.min(INNER));
            }
            Drawing::Panels(panels) => self.panels(panels),
            Drawing::Strips(strips) => self.strips(strips),
            Drawing::Cells(grid) => self.cells(grid),
            Drawing::Listing(listing) => self.listing(listing),
            Drawing::Stacks(stacks) => self.stacks(stacks),
            Drawing::Tiles { across, pictures } => self.tiles(*across, pictures),
        }
    }

    fn legend(&mut self, legend: &[Key]) {
        if legend.is_empty() {
            return;
        }
        self.y += 16.0;
        let mut x = MARGIN;
        for key in legend {
            let width = 26.0 + key.name.chars().count() as f64 * 13.0 * 0.62 + 16.0;
            if x + width > WIDTH - MARGIN && x > MARGIN {
                x = MARGIN;
                self.y += 20.0;
            }
            let y = self.y - 4.5;
            let class = &key.class;
            match key.line {
                true => self.put(format_args!(
                    "<path class=\"curve {class}\" d=\"M{x:.1} {y:.1}H{:.1}\"/>",
                    x + 18.0
                )),
                false => self.put(format_args!(
                    "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5.5\"/>",
                    x + 7.0
                )),
            }
            self.text("says", x + 24.0, 13.0, &key.name);
            x += width;
        }
        self.y += 12.0;
    }

    /// Draws a chart at a width and moves down by its height.
    fn chart(&mut self, chart: &Chart, x: f64, width: f64) {
        let height = self.chart_at(chart, x, self.y, width);
        self.y += height;
    }

    fn chart_at(&mut self, chart: &Chart, x: f64, y: f64, width: f64) -> f64 {
        let height = width * f64::from(chart.height) / f64::from(chart.width.max(1));
        self.put(format_args!(
            "<svg x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" viewBox=\"0 0 {} {}\" overflow=\"visible\" font-size=\"11.5\">",
            chart.width, chart.height
        ));
        for line in &chart.grid {
            self.put(format_args!(
                "<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
                line.class, line.x1, line.y1, line.x2, line.y2
            ));
        }
        for rect in &chart.rects {
            let opacity = match rect.opacity.is_empty() {
                true => String::new(),
                false => format!(" fill-opacity=\"{}\"", rect.opacity),
            };
            self.put(format_args!(
                "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{opacity}/>",
                rect.class, rect.x, rect.y, rect.width, rect.height
            ));
        }
        for path in &chart.paths {
            self.put(format_args!(
                "<path class=\"{}\" d=\"{}\"/>",
                path.class, path.d
            ));
        }
        for dot in chart.dots.iter().filter(|dot| dot.class != "ghost") {
            self.put(format_args!(
                "<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                dot.class, dot.x, dot.y, dot.radius
            ));
        }
        for text in &chart.texts {
            self.put(format_args!(
                "<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>",
                text.class,
                text.x,
                text.y,
                escaped(&text.text)
            ));
        }
        self.put(format_args!("</svg>"));
        height
    }

    /// Draws panels side by side while there is room.
    fn panels(&mut self, panels: &[Panel]) {
        let (mut x, mut tallest) = (MARGIN, 0f64);
        for panel in panels {
            let width = f64::from(panel.chart.width).min(INNER);
            if x + width > WIDTH - MARGIN + 1.0 && x > MARGIN {
                self.y += tallest + 22.0;
                (x, tallest) = (MARGIN, 0.0);
            }
            let top = self.y;
            if !panel.name.is_empty() {
                self.y += 12.0;
                self.text("name-of", x, 12.5, &panel.name);
                let beside = x + 10.0 + panel.name.chars().count() as f64 * 12.5 * 0.62;
                self.text("says", beside, 11.0, &panel.note);
                self.y += 6.0;
            }
            let height = self.chart_at(&panel.chart, x, self.y, width);
            tallest = tallest.max(self.y - top + height);
            self.y = top;
            x += width + 22.0;
        }
        self.y += tallest;
    }

    /// Draws strips below one another, or in two columns if they are many and
    /// short.
    fn strips(&mut self, strips: &[Strip]) {
        let most = strips.iter().map(|strip| strip.pictures.len()).max();
        let most = most.unwrap_or(1).max(1);
        let (columns, label) = match strips.len() > 3 && most <= 9 {
            true => (2, 108.0),
            false => (1, 150.0),
        };
        let width = INNER / columns as f64 - 10.0 * (columns - 1) as f64;
        let side = ((width - label) / most as f64 - 5.0).min(70.0);
        for line in strips.chunks(columns) {
            let (top, mut lowest) = (self.y, self.y);
            for (column, strip) in line.iter().enumerate() {
                let left = MARGIN + column as f64 * (width + 20.0);
                self.y = top;
                self.strip(strip, left, label, side);
                lowest = lowest.max(self.y);
            }
            self.y = lowest;
        }
    }

    /// Draws a name of the width `label`, then pictures.
    fn strip(&mut self, strip: &Strip, left: f64, label: f64, side: f64) {
        let pictures = strip.pictures.iter();
        let height = pictures.map(|p| tall(p, side)).fold(30.0, f64::max);
        let top = self.y;
        self.y = top + 14.0;
        self.text("name-of", left, 12.5, &strip.name);
        let letters = ((label - 10.0) / (11.0 * LETTER)) as usize;
        for line in wrapped(&strip.note, letters) {
            self.y += 15.0;
            self.text("says", left, 11.0, &line);
        }
        let below = self.y + 6.0;
        for (at, picture) in strip.pictures.iter().enumerate() {
            let x = left + label + at as f64 * (side + 5.0);
            self.picture(picture, x, top, side);
        }
        self.y = (top + height + 8.0).max(below);
    }

    fn tiles(&mut self, across: usize, pictures: &[Picture]) {
        let across = across.max(1);
        // A single picture is all there is to see.
        let widest = if pictures.len() == 1 { 420.0 } else { 70.0 };
        let side = (INNER / across as f64 - 5.0).min(widest);
        for line in pictures.chunks(across) {
            let top = self.y;
            for (at, picture) in line.iter().enumerate() {
                self.picture(picture, MARGIN + at as f64 * (side + 5.0), top, side);
            }
            self.y += line.iter().map(|p| tall(p, side)).fold(0.0, f64::max) + 5.0;
        }
    }

    fn stacks(&mut self, stacks: &[Pictures]) {
        let side = (INNER / 12.0 - 6.0).min(90.0);
        for line in stacks.chunks(12) {
            let (top, mut lowest) = (self.y, self.y);
            for (at, stack) in line.iter().enumerate() {
                let x = MARGIN + at as f64 * (side + 6.0);
                self.y = top;
                for picture in &stack.stack {
                    self.picture(picture, x, self.y, side);
                    self.y += tall(picture, side) + 4.0;
                }
                self.y += 11.0;
                self.text("name-of", x, 11.0, &stack.error);
                for text in [Some(&stack.caption), stack.label.as_ref()]
                    .into_iter()
                    .flatten()
                {
                    self.y += 13.0;
                    let letters = (side / (10.0 * LETTER)) as usize;
                    let first = wrapped(text, letters).into_iter().next();
                    self.text("says", x, 10.0, &first.unwrap_or_default());
                }
                lowest = lowest.max(self.y);
            }
            self.y = lowest + 16.0;
        }
    }

    fn cells(&mut self, grid: &Grid) {
        let columns = grid.columns.len().max(1) as f64;
        let (name, step) = (150.0, ((INNER - 210.0) / columns).min(110.0));
        let letters = (step / (11.0 * 0.66)) as usize;
        let x = |column: usize| MARGIN + name + step * (column as f64 + 1.0) - 8.0;
        let cut = |text: &str| super::text::clipped(text, letters.max(3));
        self.y += 12.0;
        for (at, column) in grid.columns.iter().enumerate() {
            self.text("says end", x(at), 11.0, &cut(column));
        }
        let beyond = MARGIN + name + step * columns + 62.0;
        if grid.has_errors() {
            self.text("says end", beyond, 11.0, "error");
        }
        self.y += 8.0;
        for row in &grid.rows {
            let top = self.y;
            for (at, cell) in row.cells.iter().enumerate() {
                let tint: f64 = cell.tint.parse().unwrap_or(0.0);
                self.put(format_args!(
                    "<rect class=\"above\" fill-opacity=\"{:.2}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{step:.1}\" height=\"36\"/>",
                    0.55 * tint,
                    x(at) + 8.0 - step
                ));
                self.y = top + 15.0;
                self.text("end", x(at), 11.5, &cut(&cell.input));
                self.y = top + 30.0;
                self.text("says end", x(at), 11.0, &cut(&cell.output));
            }
            self.y = top + 22.0;
            self.text(
                "name-of",
                MARGIN,
                11.5,
                &super::text::clipped(&row.name, 20),
            );
            self.text("end", beyond, 11.5, &row.error);
            self.y = top + 38.0;
        }
    }

    fn listing(&mut self, listing: &Listing) {
        const GAP: f64 = 12.0;
        let weights: Vec<f64> = match listing.lines.first() {
            Some(line) => line.iter().map(Entry::weight).collect(),
            None => return,
        };
        // Names are the longest texts.
        let weights: Vec<f64> = weights
            .iter()
            .enumerate()
            .map(|(at, w)| if at == 0 { 1.5 * w } else { *w })
            .collect();
        let unit = INNER / weights.iter().sum::<f64>();
        let cut = |text: &str, width: f64, size: f64| {
            let letters = ((width - GAP) / (size * 0.62)) as usize;
            super::text::clipped(text, letters.max(3))
        };
        // The left end of each column, and its width.
        let place = |at: usize| {
            let left = MARGIN + unit * weights[..at].iter().sum::<f64>();
            (left, unit * weights[at])
        };
        self.y += 12.0;
        for (at, title) in listing.head.iter().enumerate() {
            let (left, width) = place(at);
            match title.is_number {
                true => self.text("says end", left + width - GAP, 11.0, title.name),
                false => self.text("says", left, 11.0, title.name),
            }
        }
        self.y += 8.0;
        for line in &listing.lines {
            let top = self.y;
            for (at, entry) in line.iter().enumerate() {
                let (left, width) = place(at);
                let (text, small, x, end) = match entry {
                    Entry::Text { text, small } => (text, small, left, ""),
                    Entry::Number { text, small } => (text, small, left + width - GAP, " end"),
                    Entry::Bar { length } => {
                        let share: f64 = length.parse().unwrap_or(0.0);
                        self.put(format_args!(
                            "<rect class=\"bar\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"9\"/>",
                            top + 7.0,
                            (width - GAP) * share / 100.0
                        ));
                        continue;
                    }
                };
                self.y = top + 15.0;
                let class = if at == 0 { "name-of" } else { "" };
                self.text(&format!("{class}{end}"), x, 11.5, &cut(text, width, 11.5));
                if !small.is_empty() {
                    self.y = top + 28.0;
                    self.text(&format!("says{end}"), x, 9.5, &cut(small, width, 9.5));
                }
            }
            let is_tall = line.iter().any(Entry::has_small);
            self.y = top + if is_tall { 36.0 } else { 22.0 };
        }
        if !listing.more.is_empty() {
            self.y += 14.0;
            self.text("says", MARGIN, 11.5, &listing.more);
        }
    }

    fn picture(&mut self, picture: &Picture, x: f64, y: f64, width: f64) {
        let height = tall(picture, width);
        self.put(format_args!(
            "<image x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" xlink:href=\"{}\"/>",
            picture.uri
        ));
        let frame = match picture.mark {
            "" => "frame",
            "dead" => "frame dead",
            _ => "frame read",
        };
        self.put(format_args!(
            "<rect class=\"{frame}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }
}

/// Returns a picture's height at a width.
fn tall(picture: &Picture, width: f64) -> f64 {
    width * f64::from(picture.height) / f64::from(picture.width.max(1))
}

/// Escapes a text for XML, which allows no control characters.
fn escaped(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let text: String = text.chars().map(plain).collect();
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Breaks a text into lines of at most `letters` letters, between words if
/// possible.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_between_words() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
        assert!(wrapped("", 5).is_empty());
    }

    #[test]
    fn texts_of_the_data_are_escaped() {
        let section = Section {
            title: "<b> & co\u{1b}".into(),
            ..Section::default()
        };
        let svg = document(&section);
        assert!(svg.contains("&lt;b&gt; &amp; co\u{fffd}") && !svg.contains("<b>"));
    }
}
