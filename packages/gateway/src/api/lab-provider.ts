/** How the lab's fake provider behaves. */
export type ProviderMood = 'normal' | 'slow' | 'fail' | 'hang' | 'limited';

/** The provider's health, which the sick scene takes through an illness. `wobbly`: one call in four fails. */
export type ProviderHealth = 'well' | 'wobbly' | 'failing' | 'hanging';
