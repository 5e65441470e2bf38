using MathNet.Numerics.LinearAlgebra;

namespace MolSampling.Sampling.Estimators;

/// <summary>How a solution of the MBAR equations ended.</summary>
public enum MbarStatus
{
    /// <summary>The gradient vanished to the tolerance.</summary>
    Converged,

    /// <summary>It did not, within the iterations allowed.</summary>
    MaxIterations,

    /// <summary>Some states share no samples with the others: their free energies are not determined.</summary>
    NoOverlap,
}

/// <summary>
/// The multistate Bennett acceptance ratio (M. R. Shirts, J. D. Chodera, J. Chem. Phys. 129 (2008) 124105): free energies f_k of K states from N samples, by a damped
/// Newton method on the convex function A(f) = sum_n ln sum_k N_k exp(f_k - u_kn) - sum_k N_k f_k, in log space. The gauge is f_0 = 0.
/// </summary>
public sealed class Mbar
{
    private const double Tolerance = 1e-10; // on the gradient, in fractions of N
    private readonly double[] _logDenominator; // [N] ln sum_k N_k exp(f_k - u_kn)

    private Mbar(MbarStatus status, int iterations, double[] freeEnergies, double[] logDenominator) =>
        (Status, Iterations, FreeEnergies, _logDenominator) = (status, iterations, freeEnergies, logDenominator);

    /// <summary>To be looked at before anything else.</summary>
    public MbarStatus Status { get; }

    /// <summary>Newton steps.</summary>
    public int Iterations { get; }

    /// <summary>[K] f_k = -ln Z_k up to the constant that makes f_0 = 0.</summary>
    public IReadOnlyList<double> FreeEnergies { get; }

    /// <summary>Solves for a ladder of temperatures: u_kn = beta_k U_n.</summary>
    /// <param name="beta">[K] mol/kJ.</param>
    /// <param name="energies">[N] kJ/mol, from all states.</param>
    /// <param name="counts">[K] samples drawn from each state; zero is allowed.</param>
    /// <param name="maxIterations">Newton steps at most.</param>
    /// <exception cref="ArgumentException">Counts that do not sum to N, or an energy that is not finite (its index is named).</exception>
    public static Mbar SolveTemperatures(IReadOnlyList<double> beta, ReadOnlySpan<double> energies, IReadOnlyList<int> counts, int maxIterations = 200)
    {
        var u = new double[beta.Count * energies.Length];
        for (int k = 0; k < beta.Count; k++)
            for (int n = 0; n < energies.Length; n++)
                u[k * energies.Length + n] = beta[k] * energies[n];
        return Solve(u, counts, maxIterations);
    }

    /// <summary>Solves the general case.</summary>
    /// <param name="reducedPotentials">[K, N] u_kn, every sample in every state.</param>
    /// <param name="counts">[K] samples drawn from each state; zero is allowed.</param>
    /// <param name="maxIterations">Newton steps at most.</param>
    /// <exception cref="ArgumentException">Sizes that do not agree, no samples, or a number that is not finite (state and sample are named).</exception>
    public static Mbar Solve(ReadOnlySpan<double> reducedPotentials, IReadOnlyList<int> counts, int maxIterations = 200)
    {
        int states = counts.Count, samples = counts.Sum();
        if (samples == 0 || counts.Any(c => c < 0) || reducedPotentials.Length != states * samples)
            throw new ArgumentException($"{states} states with {samples} samples need {states * samples} reduced potentials, not {reducedPotentials.Length}.");
        for (int i = 0; i < reducedPotentials.Length; i++)
            if (!double.IsFinite(reducedPotentials[i]))
                throw new ArgumentException($"The reduced potential of sample {i % samples} in state {i / samples} is {reducedPotentials[i]}.");
        double[] u = reducedPotentials.ToArray();
        int[] sampled = [.. Enumerable.Range(0, states).Where(k => counts[k] > 0)];
        double[] logCounts = [.. sampled.Select(k => Math.Log(counts[k]))];

        var f = new double[sampled.Length];
        InitialGuess(u, sampled, counts, samples, f);
        var problem = new Objective(u, sampled, logCounts, samples);
        double value = problem.Evaluate(f, out double[] gradient, out Matrix<double> hessian);
        int iteration = 0;
        double Largest() => gradient.Max(Math.Abs) / samples;
        for (; iteration < maxIterations && Largest() > Tolerance; iteration++)
        {
            double[] step = NewtonStep(gradient, hessian);
            double slope = step.Zip(gradient, (s, g) => s * g).Sum(), length = 1;
            while (true)
            {
                double[] trial = [.. f.Zip(step, (a, b) => a + length * b)];
                double trialValue = problem.Evaluate(trial, out double[] trialGradient, out Matrix<double> trialHessian);
                bool down = trialValue <= value + 1e-4 * length * slope || (Math.Abs(trialValue - value) <= 1e-12 * Math.Abs(value) && trialGradient.Max(Math.Abs) <= gradient.Max(Math.Abs));
                if (down || length < 1e-10)
                {
                    (f, value, gradient, hessian) = (trial, trialValue, trialGradient, trialHessian);
                    break;
                }
                length *= 0.5;
            }
        }

        bool converged = Largest() <= 1e3 * Tolerance; // the last steps are limited by rounding of sums over N
        double[] denominator = problem.LogDenominators(f);
        double[] all = new double[states];
        for (int k = 0; k < states; k++)
            all[k] = -LogSumExp(u.AsSpan(k * samples, samples), denominator);
        double gauge = all[0];
        for (int k = 0; k < states; k++)
            all[k] -= gauge;
        for (int n = 0; n < samples; n++)
            denominator[n] -= gauge;
        MbarStatus status = !converged ? MbarStatus.MaxIterations : Connected(hessian) ? MbarStatus.Converged : MbarStatus.NoOverlap;
        return new(status, iteration, all, denominator);
    }

    /// <summary>Normalised log weights of all samples at a state, sampled or not: w_n proportional to exp(-u_n) / sum_k N_k exp(f_k - u_kn).</summary>
    /// <param name="reducedPotential">[N] u_n.</param>
    /// <exception cref="InvalidOperationException">The equations were not solved: see <see cref="Status"/>.</exception>
    public double[] LogWeights(ReadOnlySpan<double> reducedPotential)
    {
        if (Status != MbarStatus.Converged)
            throw new InvalidOperationException($"MBAR has no solution to weigh with: {Status}.");
        double norm = LogSumExp(reducedPotential, _logDenominator);
        var weights = new double[reducedPotential.Length];
        for (int n = 0; n < weights.Length; n++)
            weights[n] = -reducedPotential[n] - _logDenominator[n] - norm;
        return weights;
    }

    /// <summary>ln sum_n exp(-u_n - d_n).</summary>
    private static double LogSumExp(ReadOnlySpan<double> u, double[] d)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int n = 0; n < u.Length; n++)
            largest = Math.Max(largest, -u[n] - d[n]);
        for (int n = 0; n < u.Length; n++)
            sum += Math.Exp(-u[n] - d[n] - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>Neighbour to neighbour by the mean of the two one-sided averages: near enough for Newton, and safe.</summary>
    private static void InitialGuess(double[] u, int[] sampled, IReadOnlyList<int> counts, int samples, double[] f)
    {
        int[] starts = new int[counts.Count + 1];
        for (int k = 0; k < counts.Count; k++)
            starts[k + 1] = starts[k] + counts[k];
        for (int s = 1; s < sampled.Length; s++)
        {
            int a = sampled[s - 1], b = sampled[s];
            double MeanDifference(int from)
            {
                double sum = 0;
                for (int n = starts[from]; n < starts[from + 1]; n++)
                    sum += u[b * samples + n] - u[a * samples + n];
                return sum / counts[from];
            }
            f[s] = f[s - 1] + 0.5 * (MeanDifference(a) + MeanDifference(b));
        }
    }

    /// <summary>Solves H s = -g with f_0 held; a ridge keeps nearly separate states from leaping.</summary>
    private static double[] NewtonStep(double[] gradient, Matrix<double> hessian)
    {
        int free = gradient.Length - 1;
        if (free == 0)
            return [0];
        Matrix<double> h = hessian.SubMatrix(1, free, 1, free);
        double ridge = 1e-12 * Math.Max(h.Diagonal().Maximum(), 1e-300);
        for (int k = 0; k < free; k++)
            h[k, k] += ridge;
        Vector<double> step = h.Solve(Vector<double>.Build.Dense(free, k => -gradient[k + 1]));
        double longest = step.AbsoluteMaximum(), shrink = double.IsFinite(longest) ? Math.Min(1, 50 / Math.Max(longest, 1e-300)) : 0;
        return [0, .. step.Select(s => double.IsFinite(longest) ? shrink * s : 0)];
    }

    /// <summary>States are joined where the overlap, the normalised off-diagonal Hessian, is above rounding.</summary>
    private static bool Connected(Matrix<double> hessian)
    {
        int states = hessian.RowCount;
        var seen = new HashSet<int> { 0 };
        var queue = new Queue<int>([0]);
        while (queue.TryDequeue(out int k))
            for (int l = 0; l < states; l++)
                if (l != k && -hessian[k, l] > 1e-9 * Math.Sqrt(Math.Max(hessian[k, k] * hessian[l, l], 1e-300)) && -hessian[k, l] > 1e-9 && seen.Add(l))
                    queue.Enqueue(l);
        return seen.Count == states;
    }

    private sealed class Objective(double[] u, int[] sampled, double[] logCounts, int samples)
    {
        public double[] LogDenominators(double[] f)
        {
            var result = new double[samples];
            Span<double> terms = stackalloc double[sampled.Length];
            for (int n = 0; n < samples; n++)
                result[n] = LogDenominator(f, n, terms);
            return result;
        }

        /// <summary>A(f), its gradient sum_n p_kn - N_k and its Hessian sum_n (p_kn d_kl - p_kn p_ln), p_kn = N_k exp(f_k - u_kn) / denominator.</summary>
        public double Evaluate(double[] f, out double[] gradient, out Matrix<double> hessian)
        {
            int states = sampled.Length;
            gradient = new double[states];
            var h = new double[states * states];
            Span<double> p = stackalloc double[states];
            double value = 0;
            for (int n = 0; n < samples; n++)
            {
                double log = LogDenominator(f, n, p);
                value += log;
                for (int k = 0; k < states; k++)
                    p[k] = Math.Exp(p[k] - log);
                for (int k = 0; k < states; k++)
                {
                    gradient[k] += p[k];
                    for (int l = 0; l < k; l++)
                        h[k * states + l] -= p[k] * p[l];
                    h[k * states + k] += p[k] * (1 - p[k]);
                }
            }
            for (int k = 0; k < states; k++)
            {
                double count = Math.Exp(logCounts[k]);
                gradient[k] -= count;
                value -= count * f[k];
            }
            hessian = Matrix<double>.Build.Dense(states, states, (k, l) => h[Math.Max(k, l) * states + Math.Min(k, l)]);
            return value;
        }

        private double LogDenominator(double[] f, int n, Span<double> terms)
        {
            double largest = double.NegativeInfinity, sum = 0;
            for (int k = 0; k < sampled.Length; k++)
                largest = Math.Max(largest, terms[k] = logCounts[k] + f[k] - u[sampled[k] * samples + n]);
            foreach (double term in terms)
                sum += Math.Exp(term - largest);
            return largest + Math.Log(sum);
        }
    }
}
