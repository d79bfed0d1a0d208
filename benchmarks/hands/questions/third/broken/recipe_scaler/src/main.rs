#[derive(Debug)]
struct Ingredient {
    name: String,
    grams: f64,
}

#[derive(Debug)]
struct Recipe {
    name: String,
    servings: u32,
    ingredients: Vec<Ingredient>,
}

fn scale(recipe: Recipe, servings: u32) -> Recipe {
    let factor = servings as f64 / recipe.servings as f64;
    let mut ingredients = Vec::new();
    for i in recipe.ingredients.iter() {
        ingredients.push(Ingredient {
            name: i.name.clone(),
            grams: i.grams * factor,
        });
    }
    Recipe {
        name: recipe.name.clone(),
        servings,
        ingredients,
    }
}

fn total_weight(recipe: &Recipe) -> f64 {
    recipe.ingredients.iter().map(|i| i.grams).sum()
}

/// One line for each number of guests, and the heaviest ingredient at the end.
fn planning_table(recipe: Recipe, guests: &[u32]) -> Vec<String> {
    let mut lines = Vec::new();
    for &n in guests {
        let scaled = scale(recipe, n);
        lines.push(format!(
            "{} for {}: {:.0} g",
            scaled.name,
            scaled.servings,
            total_weight(&scaled)
        ));
    }
    let mut heaviest = &recipe.ingredients[0];
    for i in &recipe.ingredients {
        if i.grams > heaviest.grams {
            heaviest = i;
        }
    }
    lines.push(format!("mostly {}", heaviest.name));
    lines
}

fn pancakes() -> Recipe {
    Recipe {
        name: "Pancakes".to_string(),
        servings: 2,
        ingredients: vec![
            Ingredient { name: "flour".to_string(), grams: 150.0 },
            Ingredient { name: "milk".to_string(), grams: 250.0 },
            Ingredient { name: "eggs".to_string(), grams: 100.0 },
        ],
    }
}

fn main() {
    for line in planning_table(pancakes(), &[1, 2, 4, 10]) {
        println!("{}", line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_a_line_per_party_size() {
        let lines = planning_table(pancakes(), &[2, 4]);
        assert_eq!(lines[0], "Pancakes for 2: 500 g");
        assert_eq!(lines[1], "Pancakes for 4: 1000 g");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn heaviest_ingredient_comes_last() {
        let lines = planning_table(pancakes(), &[]);
        assert_eq!(lines, vec!["mostly milk"]);
    }

    #[test]
    fn weight_is_the_sum() {
        assert_eq!(total_weight(&pancakes()), 500.0);
    }
}
