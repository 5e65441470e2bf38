using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>Orders the states of an alchemical path.</summary>
internal static class LambdaOrder
{
    private const int MostFlips = 10;

    /// <summary>
    /// Sorts by the first lambda, then the second, and so on, as alchemlyb does; where that would step back and forth in a lambda, some
    /// lambdas are taken from high to low if that gives a path on which none of them turns (restraints that go on while charges go off).
    /// </summary>
    public static LambdaState[] Along(IReadOnlyCollection<LambdaState> states)
    {
        LambdaState[] plain = [.. states];
        Array.Sort(plain, LambdaState.Compare);
        int width = plain.Length > 0 ? plain[0].Values.Count : 0;
        for (int flips = 0; width <= MostFlips && flips < 1 << width; flips++)
        {
            // the first lambda is the last to be turned
            double[] signs = [.. Enumerable.Range(0, width).Select(l => (flips >> (width - 1 - l) & 1) == 0 ? 1.0 : -1.0)];
            LambdaState[] sorted = [.. plain.Order(Comparer<LambdaState>.Create((a, b) => Compare(a, b, signs)))];
            if (IsMonotone(sorted, signs))
                return sorted;
        }
        return plain;
    }

    private static int Compare(LambdaState a, LambdaState b, double[] signs)
    {
        for (int l = 0; l < signs.Length; l++)
            if (a.Values[l] != b.Values[l])
                return (signs[l] * a.Values[l]).CompareTo(signs[l] * b.Values[l]);
        return 0;
    }

    private static bool IsMonotone(LambdaState[] states, double[] signs)
    {
        for (int k = 1; k < states.Length; k++)
            for (int l = 0; l < signs.Length; l++)
                if (signs[l] * states[k].Values[l] < signs[l] * states[k - 1].Values[l])
                    return false;
        return true;
    }
}
