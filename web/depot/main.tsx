import '../styles.css';
import { createRoot } from 'react-dom/client';
import { Frame } from '../shared/frame.tsx';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('Bug: the page has no element "root"');
createRoot(root).render(
  <Frame title="title">
    <App />
  </Frame>,
);
