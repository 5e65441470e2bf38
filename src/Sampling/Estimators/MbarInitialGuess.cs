namespace MolSampling.Sampling.Estimators;

/// <summary>
/// Where Newton's method begins: free energy differences along the tree of pairs that are nearest to each other in symmetrised
/// Kullback-Leibler divergence, E_k[u_l - u_k] + E_l[u_k - u_l]. It does not depend on the order of the
/// states. Each difference solves Bennett's equation in log space on some of the samples, which is near enough, and safe at any energies.
/// </summary>
internal static class MbarInitialGuess
{
    private const int MostSamples = 200;

    /// <param name="table">u_kn.</param>
    /// <param name="sampled">[S] the states with samples.</param>
    /// <returns>[S] with 0 for the first.</returns>
    public static double[] Of(ReducedPotentials table, int[] sampled)
    {
        int states = sampled.Length;
        var mean = new double[states, states];
        for (int k = 0; k < states; k++)
            for (int l = 0; l < states; l++)
                mean[k, l] = FixedOrder.Sum(table.Of(sampled[k], sampled[l])) / table.Counts[sampled[k]];
        double Divergence(int k, int l) => mean[k, l] - mean[k, k] + (mean[l, k] - mean[l, l]);

        // Prim's tree, from the first state
        var f = new double[states];
        double[] distance = [.. Enumerable.Repeat(double.PositiveInfinity, states)];
        int[] parent = new int[states];
        var reached = new bool[states];
        for (int added = 0, next = 0; added < states; added++)
        {
            reached[next] = true;
            if (added > 0)
                f[next] = f[parent[next]] + Difference(table, sampled[parent[next]], sampled[next]);
            for (int k = 0; k < states; k++)
                if (!reached[k] && Divergence(next, k) < distance[k])
                    (distance[k], parent[k]) = (Divergence(next, k), next);
            next = Enumerable.Range(0, states).Where(k => !reached[k]).DefaultIfEmpty(0).MinBy(k => distance[k]);
        }
        return f;
    }

    private static double Difference(ReducedPotentials table, int from, int to)
    {
        double[] forward = Thinned(table.Of(from, to), table.Of(from, from)), reverse = Thinned(table.Of(to, from), table.Of(to, to));
        double root = BennettEquation.Root(forward, reverse, Math.Log((double)forward.Length / reverse.Length), 1e-3);
        return double.IsFinite(root) ? root : 0;
    }

    private static double[] Thinned(ReadOnlySpan<double> foreign, ReadOnlySpan<double> own)
    {
        int count = Math.Min(MostSamples, own.Length);
        var result = new double[count];
        for (int i = 0; i < count; i++)
        {
            int n = (int)((long)i * own.Length / count);
            result[i] = foreign[n] - own[n];
        }
        return result;
    }
}
