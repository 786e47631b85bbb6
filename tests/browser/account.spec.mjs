// A person's own account at the authorization server: who has access, and the end of it.
import { app, auth, button, comeBack, expect, leaveForLogin, look, press, seen, signIn, test } from './person.mjs';

for (const colorScheme of ['light', 'dark']) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('a person sees who has access, ends it, and signs out', async ({ page }, info) => {
      await leaveForLogin(page);
      await comeBack(page, 'grace');
      await press(page, 'Check the answer');
      await press(page, 'Exchange the code');
      await expect(button(page, 'Open the tokens')).toBeEnabled();

      await page.goto(`${auth}/account`);
      await expect(seen(page, "Ostiary's own pages")).toBeVisible();
      await expect(seen(page, 'Know who you are')).toBeVisible();
      await expect(button(page, 'Sign out everywhere')).toBeVisible();
      await expect(page.getByRole('checkbox', { name: 'When I sign out everywhere, withdraw my consents too' })).not.toBeChecked();
      await look(page, `${colorScheme}-account`, info);

      await page.getByRole('button', { name: /^End access: Ostiary/ }).first().click();
      await expect(page.getByRole('status')).toBeVisible();
      await look(page, `${colorScheme}-account-ended`, info);

      await press(page, 'Sign out');
      await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible();
      await look(page, `${colorScheme}-signed-out`, info);
      await page.getByRole('link', { name: 'Sign in again' }).click();
      await signIn(page, 'grace');
      await expect(page).toHaveURL(`${auth}/account`);
      await page.goto(app);
    });
  });
}
