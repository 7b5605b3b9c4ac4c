/** What an operator may sign. Who may give which order is decided in `entitlement.ts`. */

/**
 * Every level an operator can have. A co-operator proposes and a sovereign confirms; a domain-sovereign may do
 * everything inside one domain.
 */
export type OperatorLevel = 'sovereign' | 'co-operator' | 'domain-sovereign'
