//! A draft that is reviewed and printed.

pub trait Stage {
    fn next(self: Box<Self>) -> Box<dyn Stage>;
    fn name(&self) -> String;
}

pub struct Written;
pub struct Printed(u32);

impl Stage for Written {
    fn next(self: Box<Self>) -> Box<dyn Stage> {
        Box::new(Printed(1))
    }

    fn name(&self) -> String {
        "written".into()
    }
}

impl Stage for Printed {
    fn next(self: Box<Self>) -> Box<dyn Stage> {
        Box::new(Printed(self.0 + 1))
    }

    fn name(&self) -> String {
        format!("printed {}", self.0)
    }
}

#[derive(Debug, PartialEq)]
pub enum Press {
    Free,
    Busy(Vec<String>),
    Broken { why: String, since: u32 },
}

pub struct Draft {
    stage: Option<Box<dyn Stage>>,
    pub press: Press,
}

impl Draft {
    pub fn new() -> Draft {
        Draft { stage: Some(Box::new(Written)), press: Press::Free }
    }

    pub fn go(&mut self) {
        if let Some(stage) = self.stage {
            self.stage = Some(stage.next())
        }
    }

    pub fn print(&mut self, page: &str) -> Result<(), String> {
        self.press = match self.press {
            Press::Free => Press::Busy(vec![page.to_string()]),
            Press::Busy(mut pages) => {
                pages.push(page.to_string());
                Press::Busy(pages)
            }
            Press::Broken { since, .. } => return Err(format!("{page}: broken since {since}")),
        };
        Ok(())
    }

    pub fn drop(&mut self, at: u32) {
        self.press = match self.press {
            Press::Broken { why, since } => Press::Broken { why: why + "!", since },
            _ => Press::Broken { why: "fell".into(), since: at },
        }
    }

    pub fn name(&self) -> String {
        self.stage.as_ref().map(|stage| stage.name()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_goes_on() {
        let mut draft = Draft::new();
        draft.go();
        draft.go();
        assert_eq!(draft.name(), "printed 2");
        assert_eq!(draft.print("a"), Ok(()));
        assert_eq!(draft.print("b"), Ok(()));
        assert_eq!(draft.press, Press::Busy(vec!["a".into(), "b".into()]));
        draft.drop(7);
        assert!(draft.print("c").is_err());
        draft.drop(8);
        assert_eq!(draft.press, Press::Broken { why: "fell!".into(), since: 7 });
    }
}
