//! The program of an oven.

pub struct Recipe {
    pub name: String,
    pub steps: Vec<u32>,
}

pub enum Phase {
    Heating { recipe: Recipe, degrees: u32 },
    Baking(Recipe),
    Cold,
}

/// One tick. An oven that is hot enough bakes; a cold one stays cold.
pub fn tick(phase: &mut Phase) {
    // The next phase owns the recipe.
    *phase = match *phase {
        Phase::Heating { recipe, degrees } if degrees >= 200 => Phase::Baking(recipe),
        Phase::Heating { recipe, degrees } => Phase::Heating { recipe, degrees: degrees + 50 },
        Phase::Baking(mut recipe) => match recipe.steps.pop() {
            Some(_) => Phase::Baking(recipe),
            None => Phase::Cold,
        },
        Phase::Cold => *phase,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_heats_bakes_and_cools() {
        let mut phase = Phase::Heating { recipe: Recipe { name: "rye".into(), steps: vec![1] }, degrees: 150 };
        tick(&mut phase);
        assert!(matches!(&phase, Phase::Heating { degrees: 200, .. }));
        tick(&mut phase);
        assert!(matches!(&phase, Phase::Baking(recipe) if recipe.name == "rye"));
        tick(&mut phase);
        tick(&mut phase);
        assert!(matches!(phase, Phase::Cold));
        tick(&mut phase);
        assert!(matches!(phase, Phase::Cold));
    }
}
