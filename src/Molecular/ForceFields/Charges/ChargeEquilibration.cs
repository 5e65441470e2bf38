namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// Charges from electronegativities e and hardnesses s at a fixed total charge Q: the minimum of sum_i (e_i q_i + s_i q_i^2 / 2) with
/// sum_i q_i = Q. With the multiplier lambda each atom obeys e_i + s_i q_i = lambda, so q_i = (lambda - e_i) / s_i and
/// lambda = (Q + sum_i e_i / s_i) / sum_i 1 / s_i. M. K. Gilson, H. S. R. Gilson, M. J. Potter, J. Chem. Inf. Comput. Sci. 43 (2003) 1982.
/// </summary>
internal static class ChargeEquilibration
{
    /// <summary>Charges of classes of equal atoms.</summary>
    /// <param name="electronegativities">e of a class's atoms.</param>
    /// <param name="hardnesses">s, positive.</param>
    /// <param name="members">Atoms of each class; 0 for a class that is not there.</param>
    /// <param name="parts">Which connected part a class belongs to.</param>
    /// <param name="totals">Q of each part.</param>
    public static double[] Solve(double[] electronegativities, double[] hardnesses, double[] members, int[] parts, double[] totals)
    {
        double[] above = [.. totals], below = new double[totals.Length];
        for (int c = 0; c < members.Length; c++)
        {
            above[parts[c]] += members[c] * electronegativities[c] / hardnesses[c];
            below[parts[c]] += members[c] / hardnesses[c];
        }
        return [.. electronegativities.Select((e, c) => (above[parts[c]] / below[parts[c]] - e) / hardnesses[c])];
    }
}
