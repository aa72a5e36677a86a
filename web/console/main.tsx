import '../styles.css';
import { createRoot } from 'react-dom/client';
import { Frame } from '../shared/frame.tsx';
import { Console } from './console.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('Bug: the page has no element "root"');
createRoot(root).render(
  <Frame title="console.title">
    <Console />
  </Frame>,
);
