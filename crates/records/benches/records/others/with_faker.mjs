// The same records with faker (https://fakerjs.dev) and JSON.stringify.

import { faker } from "@faker-js/faker/locale/en";

faker.seed(42);

const level = () => {
  const at = faker.number.int({ max: 9 });
  return at === 0 ? "gold" : at < 4 ? "silver" : "none";
};

const names = () => {
  const [firstName, lastName] = [faker.person.firstName(), faker.person.lastName()];
  const email = faker.internet.exampleEmail({ firstName, lastName });
  return { id: faker.string.uuid(), firstName, lastName, email };
};

const five = () => ({ ...names(), level: level() });

const event = () => ({
  id: faker.string.uuid(),
  at: new Date().toISOString(),
  email: faker.internet.exampleEmail(),
  ip: faker.internet.ipv4(),
  phone: faker.phone.number(),
  agent: faker.internet.userAgent(),
  price: faker.number.int({ min: 100, max: 99_999 }) / 100,
  quantity: faker.number.int({ min: 1, max: 9 }),
  member: faker.datatype.boolean(0.3),
});

const customer = () => ({
  ...names(),
  address: {
    street: faker.location.street(),
    postcode: faker.location.zipCode(),
    city: faker.location.city(),
  },
  loyalty: { level: level(), points: faker.number.int({ max: 50_000 }) },
});

const LAP = 500;
const LAPS = 40;
let bytes = 0;
for (const [name, make] of [["five fields", five], ["an event", event], ["a customer, address", customer]]) {
  let best = Infinity;
  for (let lap = 0; lap < LAPS; lap += 1) {
    const start = process.hrtime.bigint();
    for (let n = 0; n < LAP; n += 1) {
      bytes += JSON.stringify(make()).length;
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / LAP);
  }
  console.log(`${name}\t${best.toFixed(0)}`);
}
if (bytes === 0) {
  process.exit(1);
}
