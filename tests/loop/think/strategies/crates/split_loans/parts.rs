//! Particles that push each other.

#[derive(Clone, Debug, PartialEq)]
struct Particle {
    x: f32,
    v: f32,
}

struct World {
    particles: Vec<Particle>,
    settings: Settings,
    seen: std::sync::Mutex<u32>,
}

struct Settings {
    spring: f32,
}

impl World {
    fn spring(&self) -> f32 {
        self.settings.spring
    }

    fn particles_mut(&mut self) -> &mut Vec<Particle> {
        &mut self.particles
    }

    fn step(&mut self) {
        for one in self.particles_mut().iter_mut() {
            one.v *= self.spring();
        }
        collide(&mut self.particles[0], &mut self.particles[1]);
        *self.seen.lock().unwrap() += 1;
    }
}

fn collide(one: &mut Particle, other: &mut Particle) {
    std::mem::swap(&mut one.v, &mut other.v);
    other.x = one.x;
}

#[test]
fn particles_collide() {
    let mut world = World {
        particles: vec![Particle { x: 1.0, v: 2.0 }, Particle { x: 3.0, v: 4.0 }],
        settings: Settings { spring: 0.5 },
        seen: Default::default(),
    };
    world.step();
    assert_eq!(world.particles, [Particle { x: 1.0, v: 2.0 }, Particle { x: 1.0, v: 1.0 }]);
}
