// One server in a process of its own, which tells its port and does what it is told: node tools/faults/scaled/node.mjs event-store|objects FOLDER
import { startEventStore, startFollower, startObjects } from './stand-ins.mjs';

const [kind, folder] = process.argv.slice(2);

if (kind === 'objects') process.send({ port: (await startObjects(folder)).port });
else {
  const { node, log } = await startEventStore(folder);
  const follower = await startFollower({ node, log });
  const commands = {
    ...follower,
    fates: ({ fates }) => node.fates.push(...fates),
    answers: () => (node.fates.length = 0),
    scavenge: () => log.scavenge(),
  };
  process.on('message', (message) => void commands[message.command](message));
  process.send({ port: node.port, follower: follower.port });
}
