//! A press that folds sheets, and the pages that wait.

pub struct Sheet {
    text: String,
    below: Option<Box<Sheet>>,
}

#[derive(Default)]
pub struct Press {
    top: Option<Box<Sheet>>,
    tray: Tray,
    count: usize,
}

#[derive(Debug, Default, PartialEq)]
pub struct Tray {
    pub pages: Vec<String>,
}

impl Tray {
    fn with(mut self, page: String) -> Tray {
        self.pages.push(page);
        self
    }
}

impl Press {
    pub fn lay(&mut self, text: &str) {
        let below = self.top;
        self.top = Some(Box::new(Sheet { text: text.to_string(), below }));
    }

    pub fn lift(&mut self) -> Option<String> {
        match self.top {
            None => None,
            Some(sheet) => {
                self.top = sheet.below;
                self.count += 1;
                Some(sheet.text)
            }
        }
    }

    pub fn fold(&mut self) {
        while let Some(text) = self.lift() {
            self.tray = self.tray.with(text);
        }
    }

    pub fn empty(&mut self) -> Tray {
        let full = self.tray;
        self.tray = Tray { pages: vec![] };
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sheet_comes_first() {
        let mut press = Press::default();
        press.lay("a");
        press.lay("b");
        press.fold();
        assert_eq!(press.empty(), Tray { pages: vec!["b".into(), "a".into()] });
        assert_eq!((press.empty(), press.count), (Tray::default(), 2));
    }
}
