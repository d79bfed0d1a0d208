//! A route of steps.

pub struct Stage {
    metres: u32,
    then: Option<Box<Stage>>,
}

pub struct Route {
    head: Option<Box<Stage>>,
}

impl Route {
    pub fn new(all: &[u32]) -> Route {
        let mut route = Route { head: None };
        for metres in all {
            route.add(*metres);
        }
        route
    }

    fn add(&mut self, metres: u32) {
        let mut last = &mut self.head;
        while let Some(stage) = last.as_mut() {
            last = &mut stage.then;
        }
        *last = Some(Box::new(Stage { metres, then: None }));
    }

    /// Make the last stage longer, and say how long it is now.
    pub fn stretch(&mut self, by: u32) -> u32 {
        let Some(mut stage) = self.head.as_mut() else { return 0 };
        while let Some(next) = &mut stage.then {
            stage = next;
        }
        stage.metres += by;
        stage.metres
    }

    pub fn total(self) -> u32 {
        let mut sum = 0;
        let mut at = self.head;
        while let Some(stage) = &at {
            sum += stage.metres;
            at = stage.then;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_walked() {
        let mut route = Route::new(&[1, 2, 3]);
        assert_eq!(route.stretch(4), 7);
        assert_eq!(route.total(), 10);
    }
}
