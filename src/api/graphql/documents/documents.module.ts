import { Module } from '@nestjs/common';
import { SETTINGS, type Settings, SettingsError } from '../../../platform/config/settings.js';
import { Documents } from './documents.js';
import { readDocuments } from './read-documents.js';
import { UnusableDocuments } from './stored-document.js';

type DocumentSettings = Pick<Settings, 'GRAPHQL_DOCUMENTS' | 'GRAPHQL_DOCUMENTS_FILE'>;

@Module({
  providers: [{ provide: Documents, inject: [SETTINGS], useFactory: documentsOf }],
  exports: [Documents],
})
export class DocumentsModule {}

/** @throws SettingsError */
async function documentsOf(settings: DocumentSettings): Promise<Documents> {
  try {
    return await openDocuments(settings);
  } catch (error) {
    if (!(error instanceof UnusableDocuments)) throw error;
    throw new SettingsError([`GRAPHQL_DOCUMENTS_FILE: ${error.message}`]);
  }
}

/** What is wrong with the file; null if it can be used, as far as that shows without the schema. */
export async function documentsProblem(settings: Partial<DocumentSettings>): Promise<string | null> {
  try {
    await openDocuments(settings);
    return null;
  } catch (error) {
    if (!(error instanceof UnusableDocuments)) throw error;
    return error.message;
  }
}

async function openDocuments({
  GRAPHQL_DOCUMENTS: mode = 'off',
  GRAPHQL_DOCUMENTS_FILE: file,
}: Partial<DocumentSettings>): Promise<Documents> {
  if (mode === 'off' || file === undefined) return new Documents(mode);
  return new Documents(mode, await readDocuments(file));
}
