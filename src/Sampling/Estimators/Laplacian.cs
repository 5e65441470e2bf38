namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The Hessian of MBAR as what it is: the Laplacian of a network whose nodes are the sampled states and whose conductances c_kl = sum_n
/// p_kn p_ln count the samples that two states share. Elimination works on conductances alone and only adds positive numbers (W. K.
/// Grassmann, M. I. Taksar, D. P. Heyman, Oper. Res. 33 (1985) 1107), so states that hardly touch are solved for with the same relative
/// accuracy as others; a diagonal formed by subtraction would lose them to rounding.
/// </summary>
internal sealed class Laplacian
{
    private readonly int _nodes;
    private readonly double[] _c; // [nodes, nodes] row k holds the conductances to nodes l < k at the time when k is eliminated
    private readonly double[] _sums; // [nodes] their sum; zero where nothing with a smaller number is reached any more

    /// <param name="conductances">[nodes, nodes] symmetric, not negative; the diagonal is not read. Is overwritten.</param>
    /// <param name="nodes">Sampled states.</param>
    public Laplacian(double[] conductances, int nodes)
    {
        (_c, _nodes, _sums) = (conductances, nodes, new double[nodes]);
        for (int k = nodes - 1; k > 0; k--)
        {
            Span<double> row = _c.AsSpan(k * nodes, k);
            double sum = 0;
            foreach (double c in row)
                sum += c;
            _sums[k] = sum;
            if (sum == 0)
                continue;
            for (int l = 1; l < k; l++)
            {
                double share = row[l] / sum;
                if (share == 0)
                    continue;
                Span<double> other = _c.AsSpan(l * nodes, l);
                for (int m = 0; m < l; m++)
                    other[m] += share * row[m]; // star to mesh
            }
        }
    }

    /// <summary>[nodes] nodes with the same number are connected, however weakly: the smallest node of the part, its earth.</summary>
    public int[] Parts()
    {
        int[] part = new int[_nodes];
        for (int k = 0; k < _nodes; k++)
            part[k] = _sums[k] == 0 ? k : part[_c.AsSpan(k * _nodes, k).IndexOfAnyExcept(0.0)];
        return part;
    }

    /// <summary>Potentials at which the currents flow; node 0 is earth. Currents must sum to zero over every connected part; what is not
    /// connected to earth has an earth of its own.</summary>
    /// <param name="currents">[nodes] into every node; becomes the potentials.</param>
    public void Solve(Span<double> currents)
    {
        for (int k = _nodes - 1; k > 0; k--)
        {
            if (_sums[k] == 0)
                continue;
            double current = currents[k] / _sums[k];
            ReadOnlySpan<double> row = _c.AsSpan(k * _nodes, k);
            for (int l = 0; l < k; l++)
                currents[l] += row[l] * current;
        }
        for (int k = 0; k < _nodes; k++)
        {
            if (_sums[k] == 0)
            {
                currents[k] = 0;
                continue;
            }
            ReadOnlySpan<double> row = _c.AsSpan(k * _nodes, k);
            double sum = currents[k];
            for (int l = 0; l < k; l++)
                sum += row[l] * currents[l];
            currents[k] = sum / _sums[k];
        }
    }
}
